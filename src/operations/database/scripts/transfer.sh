# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# How a dump gets into a database on RDS, whose master user is no superuser: roles first, then everything in an order that
# gives each object to its owner. The rehearsal and the copy share it, so that what was rehearsed is what is done. It must
# not touch a role on RDS that is not its own.

# Superusers are not there on RDS. For the restore, what they own and have gets a role of the same name, without any right;
# afterwards it is given to the master user. No such role is needed where the master user has that name.
SUPERUSERS="SELECT rolname FROM pg_roles WHERE $BECOMES_MASTER AND rolname <> :'master'"
OURS="SELECT oid, rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE '%$MARK%'"

refuse_foreign_roles() {
  ask_source >"$FOLDER/names.sql" <<SQL
$MOVED SELECT format('INSERT INTO wanted VALUES (%L);', rolname) FROM pg_roles WHERE oid IN (SELECT oid FROM moved) OR rolname IN ($SUPERUSERS);
SQL
  foreign=$(
    {
      echo 'CREATE TEMP TABLE wanted (name name);'
      cat "$FOLDER/names.sql"
      echo "SELECT string_agg(name, ', ') FROM wanted JOIN pg_roles ON rolname = name WHERE rolname NOT IN (SELECT rolname FROM ($OURS) ours);"
    } | target_psql postgres
  )
  if [ -n "$foreign" ]; then
    fail "there are roles on RDS that have the names of roles on the server and are none of ours; rename or drop one of each: $foreign"
  fi
}

# Roles take their passwords along, and log in when the copy is whole.
ROLES=pg_authid ROLE_LOGIN="'NOLOGIN'" ROLE_PASSWORD="'PASSWORD ' || coalesce(quote_literal(rolpassword), 'NULL')"

# Makes the roles, which cannot log in yet, and makes the master user a member of each, so that it may give them what is theirs.
make_roles() {
  ask_source >"$FOLDER/roles.sql" <<SQL
$MOVED, wanted AS (
  SELECT oid, rolname FROM pg_roles WHERE oid IN (SELECT oid FROM moved) OR rolname IN ($SUPERUSERS)
)
SELECT format('SELECT %L WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %L) ', format('CREATE ROLE %I', rolname), rolname)
  || chr(92) || 'gexec' || chr(10)
  || format('COMMENT ON ROLE %I IS %L;', rolname, concat_ws('; ', $(people_wrote "shobj_description(oid, 'pg_authid')"), '$MARK')) || chr(10)
  || format('GRANT %I TO CURRENT_USER;', rolname)
FROM wanted ORDER BY rolname;
SQL
  { echo 'BEGIN;' && cat "$FOLDER/roles.sql" && echo 'COMMIT;'; } | target_psql postgres
}

# The parts of the dump: schemas, what is in them, rights, and what needs rights. A comment on an extension is its owner's.
list_parts() {
  pg_restore -l "$DUMP/data" >"$FOLDER/contents"
  for part in schemas objects rights views; do : >"$FOLDER/$part"; done
  awk -v folder="$FOLDER/" '
    /^[0-9]+; [0-9]+ [0-9]+ COMMENT - EXTENSION / { next }
    /^[0-9]+; [0-9]+ [0-9]+ SCHEMA / { print >(folder "schemas"); next }
    /^[0-9]+; [0-9]+ [0-9]+ (DEFAULT )?ACL / { print >(folder "rights"); next }
    /^[0-9]+; [0-9]+ [0-9]+ MATERIALIZED VIEW DATA / { print >(folder "views"); next }
    /^[0-9]+;/ { print >(folder "objects") }' "$FOLDER/contents"
}

# restore_part <database> <part> <jobs>
restore_part() {
  on_target pg_restore -w -d "$(on_wire "$1")" --exit-on-error --no-tablespaces -j "$3" -L "$FOLDER/$2" "$DUMP/data"
}

# Only who may create in a schema can be given something there, and rights are restored last: so each role may, for a while.
# lend <database> GRANT|REVOKE TO|FROM
lend() {
  target_psql "$1" <<SQL
SELECT format('$2 CREATE ON DATABASE %I $3 %I', current_database(), rolname) FROM ($OURS) ours
  WHERE oid <> (SELECT datdba FROM pg_database WHERE datname = current_database()) \gexec
SELECT format('$2 USAGE, CREATE ON SCHEMA %I $3 %I', nspname, rolname) FROM ($OURS) ours, pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND nspowner <> ours.oid \gexec
SQL
}

# Rights that somebody gave on are given on by the same one again; only a superuser may become another session.
restore_rights() {
  pg_restore -f "$FOLDER/rights.sql" -L "$FOLDER/rights" "$DUMP/data"
  sed -e 's/^SET SESSION AUTHORIZATION /SET ROLE /' -e 's/^RESET SESSION AUTHORIZATION;/RESET ROLE;/' "$FOLDER/rights.sql" |
    target_psql "$1" >/dev/null
}

# What superusers own and would give to others becomes the master user's, and their names go.
replace_superusers() {
  echo "$SUPERUSERS;" | ask_source >"$FOLDER/superusers"
  while read -r superuser; do
    target_psql "$1" -v superuser="$superuser" <<'SQL'
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE CURRENT_USER %s GRANT %s ON %s TO %s %s',
    'IN SCHEMA ' || quote_ident(nspname), privilege_type,
    CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END,
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
    CASE WHEN is_grantable THEN 'WITH GRANT OPTION' END)
  FROM pg_default_acl LEFT JOIN pg_namespace n ON n.oid = defaclnamespace, aclexplode(defaclacl)
  WHERE defaclrole = (SELECT oid FROM pg_roles WHERE rolname = :'superuser') AND grantee <> defaclrole \gexec
REASSIGN OWNED BY :"superuser" TO CURRENT_USER;
DROP OWNED BY :"superuser";
DROP ROLE :"superuser";
SQL
  done <"$FOLDER/superusers"
}

restore_into() {
  list_parts
  lend "$1" GRANT TO
  restore_part "$1" schemas 1
  lend "$1" GRANT TO
  restore_part "$1" objects 2
  lend "$1" REVOKE FROM
  restore_rights "$1"
  replace_superusers "$1"
  restore_part "$1" views 1
  target_psql "$1" -c 'ANALYZE'
}

# Roles that were made for the copy are members only where an earlier attempt made them so.
end_memberships() { :; }

# Makes room for the copy.
clear_place() { drop_target "$DATABASE"; }

limit_connections() { target_psql postgres -c "ALTER DATABASE \"$DATABASE\" CONNECTION LIMIT $(remembered_limit)"; }

open_roles() {
  ask_source >"$FOLDER/open.sql" <<SQL
$MOVED SELECT format('ALTER ROLE %I LOGIN;', rolname) FROM pg_roles JOIN moved USING (oid) WHERE rolcanlogin;
SQL
  { echo 'BEGIN;' && cat "$FOLDER/open.sql" && echo 'COMMIT;'; } | target_psql postgres
}
