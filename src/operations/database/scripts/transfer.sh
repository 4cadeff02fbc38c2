# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# How a whole database gets from the server into a database on RDS, whose master user is no superuser: roles first, then a
# dump, restored in an order that gives each object to its owner. The rehearsal and the copy share it, so that what was
# rehearsed is what is done. It must not touch a database or a role on RDS that is not empty and not its own.

DUMP=$ROOT$SCRATCH/scalingtier-$DATABASE
# Drops a database of the target if it is empty or came from here.
drop_target() {
  found=$(target_psql postgres -c "SELECT coalesce(shobj_description(oid, 'pg_database'), '') LIKE '%$MARK%' FROM pg_database WHERE datname = '$1'")
  if [ "$found" = f ] && [ "$(objects_in "$1")" != 0 ]; then
    fail "the database \"$1\" on RDS is not empty and was not copied from the server; it is not touched: drop it, or move its objects away"
  fi
  target_psql postgres -c "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)"
}

objects_in() {
  target_psql "$1" <<'SQL'
WITH made AS (
  SELECT 'pg_class'::regclass AS classid, oid FROM pg_class UNION ALL
  SELECT 'pg_proc'::regclass, oid FROM pg_proc UNION ALL
  SELECT 'pg_type'::regclass, oid FROM pg_type UNION ALL
  SELECT 'pg_namespace'::regclass, oid FROM pg_namespace WHERE nspname !~ '^pg_'
)
SELECT count(*) + (SELECT count(*) FROM pg_largeobject_metadata) FROM made WHERE oid >= 16384
  AND (classid, oid) NOT IN (SELECT classid, objid FROM pg_depend WHERE deptype = 'e');
SQL
}

# Makes an empty database with the encoding, the locale and the owner of the source's.
make_target() {
  ask_source -v name="$1" >"$FOLDER/database.sql" <<SQL
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', :'name',
    CASE WHEN r.rolsuper THEN :'master' ELSE r.rolname END, pg_encoding_to_char(encoding), datcollate, datctype)
  || CASE WHEN :major < 15 THEN '' ELSE CASE coalesce(j ->> 'datlocprovider', 'c')
    WHEN 'c' THEN ' LOCALE_PROVIDER libc'
    WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', locale) || coalesce(format(' ICU_RULES %L', j ->> 'daticurules'), '')
    WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', locale) END END || ';'
FROM pg_database d JOIN pg_roles r ON r.oid = datdba, to_jsonb(d) j, coalesce(j ->> 'datlocale', j ->> 'daticulocale') locale
WHERE datname = current_database();
SELECT format('COMMENT ON DATABASE %I IS %L;', :'name', concat_ws('; ', shobj_description(oid, 'pg_database'), '$MARK'))
FROM pg_database WHERE datname = current_database();
SQL
  target_psql postgres -f "$FOLDER/database.sql"
  if [ "$(ask_source -c "SELECT count(*) FROM pg_namespace WHERE nspname = 'public'")" = 0 ]; then
    target_psql "$1" -c 'DROP SCHEMA public'
  fi
}

drop_dump() { rm -rf "$DUMP"; }

# dump [options]
dump() {
  drop_dump
  (umask 022 && mkdir -p "$ROOT$SCRATCH")
  mkdir "$DUMP"
  chown "$(as_postgres id -u)" "$DUMP"
  as_postgres pg_dump -p "$PORT" -w -Fd -j 2 -Z 1 --quote-all-identifiers --no-subscriptions --no-security-labels \
    --lock-wait-timeout=120s "$@" -f "$DUMP/data" "$DATABASE"
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
