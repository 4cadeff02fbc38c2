# shellcheck shell=sh
# What a copy of a database is made of, whichever way it goes: a dump of the source, and an empty database of the target that
# is the same. The rehearsal and the copy share it, so that what was rehearsed is what is done. It must not touch a database
# of the target that is not empty and not its own.

DUMP=$ROOT$SCRATCH/scalingtier-$DATABASE
# What else holds for a database of the target from its first moment on.
CREATION=

# A database that a way back has closed, and that is there all the same, was kept by somebody.
refuse_kept() {
  if [ "$(target_psql postgres -c "SELECT count(*) FROM pg_database WHERE datname = '$1' AND shobj_description(oid, 'pg_database') LIKE '%scalingtier: closed,%'")" != 0 ]; then
    fail "the database \"$1\" on $TARGET_NAME is what an earlier move has left and somebody has kept; it is not touched: drop it or rename it"
  fi
}

# Drops a database of the target if it is empty or came from here.
drop_target() {
  refuse_kept "$1"
  found=$(target_psql postgres -c "SELECT coalesce(shobj_description(oid, 'pg_database'), '') LIKE '%$MARK%' FROM pg_database WHERE datname = '$1'")
  if [ "$found" = f ] && [ "$(objects_in "$1")" != 0 ]; then
    fail "the database \"$1\" on $TARGET_NAME is not empty and was not copied from $SOURCE_NAME; it is not touched: drop it, or move its objects away"
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
    CASE WHEN datdba IN (SELECT oid FROM pg_roles WHERE $BECOMES_MASTER) THEN :'master' ELSE r.rolname END, pg_encoding_to_char(encoding), datcollate, datctype)
  || CASE WHEN :major < 15 THEN '' ELSE CASE coalesce(j ->> 'datlocprovider', 'c')
    WHEN 'c' THEN ' LOCALE_PROVIDER libc'
    WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', locale) || coalesce(format(' ICU_RULES %L', j ->> 'daticurules'), '')
    WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', locale) END END || '$CREATION;'
FROM pg_database d JOIN pg_roles r ON r.oid = datdba, to_jsonb(d) j, coalesce(j ->> 'datlocale', j ->> 'daticulocale') locale
WHERE datname = current_database();
SELECT format('COMMENT ON DATABASE %I IS %L;', :'name', concat_ws('; ', $(people_wrote "shobj_description(oid, 'pg_database')"), '$MARK'))
FROM pg_database WHERE datname = current_database();
SQL
  target_psql postgres <"$FOLDER/database.sql"
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
  on_source pg_dump -w -Fd -j 2 -Z 1 --quote-all-identifiers --no-subscriptions --no-security-labels \
    --lock-wait-timeout=120s "$@" -f "$DUMP/data" -d "$(on_wire "$DATABASE")"
  # Either side may read it.
  chown -R "$(as_postgres id -u)" "$DUMP"
}
