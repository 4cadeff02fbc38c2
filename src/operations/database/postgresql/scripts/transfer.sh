# shellcheck shell=sh
# How a dump gets into a database on RDS, whose master user is no superuser: everything in an order that gives each object to
# its owner. It comes after the roles. Every way to copy shares it, so that what was rehearsed is what is done. It must not
# touch a role on RDS that is not its own.

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

# Everything but what is computed from the rows.
restore_objects() {
  list_parts
  lend "$1" GRANT TO
  restore_part "$1" schemas 1
  lend "$1" GRANT TO
  restore_part "$1" objects 2
  lend "$1" REVOKE FROM
  restore_rights "$1"
  replace_superusers "$1"
}

restore_into() {
  restore_objects "$1"
  restore_part "$1" views 1
  target_psql "$1" -c 'ANALYZE'
}

# Makes room for the copy.
clear_place() { drop_target "$DATABASE"; }
