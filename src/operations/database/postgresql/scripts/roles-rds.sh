# shellcheck shell=sh
# shellcheck disable=SC2034,SC2120 # The steps use what is set here.
# The roles of a copy on RDS: they are there before what they own, cannot log in before the copy is whole, and those of
# superusers go again when all has its owner. Every way to copy shares it. It must not touch a role on RDS that is not its own.

# Superusers are not there on RDS. For the restore, what they own and have gets a role of the same name, without any right;
# afterwards it is given to the master user. No such role is needed where the master user has that name.
SUPERUSERS="SELECT rolname FROM pg_roles WHERE $BECOMES_MASTER AND rolname <> :'master'"
OURS="SELECT oid, rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE '%$MARK%'"

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
