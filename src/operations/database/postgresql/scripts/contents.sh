# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# How the contents of a database are read, from source and target the same way. Comparison and rehearsal share it, so that what was
# measured is what is done. It must not change either side.

# The contents: rows and an order-independent checksum of each table, where each sequence goes on, and large objects. Tables
# above the limit are summed over a hundredth of their rows, which their keys choose.
contents() {
  cat <<'SQL'
CREATE TEMP VIEW own AS
  SELECT c.*, format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');
-- Whoever is no superuser reads tables with forced row security only so; it is rolled back.
SELECT format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', name) FROM own WHERE relforcerowsecurity
  AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \gexec
SELECT format('SELECT %1$L, %2$L, n, coalesce(CASE WHEN n <= %3$s THEN (SELECT %4$s FROM ONLY %5$s t)
    ELSE (SELECT %4$s FROM ONLY %5$s t WHERE %6$s) END, 0) FROM (SELECT count(*) AS n FROM ONLY %5$s) counted',
    'rows', translate(name, E'\t\n\r', '   '), :'limit', total, name,
    format('(''x'' || left(md5(ROW(%s)::text), 8))::bit(32)::bigint %% 100 = 0', coalesce(keys, columns)))
  FROM own, LATERAL (
    SELECT string_agg(format('t.%I', attname), ', ' ORDER BY attname) AS columns,
      string_agg(format('t.%I', attname), ', ' ORDER BY attname) FILTER (WHERE attnum = ANY (indkey::int2[])) AS keys
    FROM pg_attribute LEFT JOIN pg_index ON indrelid = attrelid AND indisprimary
    WHERE attrelid = own.oid AND attnum > 0 AND NOT attisdropped) named,
    format('sum((''x'' || left(md5(ROW(%s)::text), 15))::bit(60)::bigint::numeric)', columns) total
  WHERE relkind = 'r' AND (SELECT names IS NULL OR name = ANY (names) FROM chosen) \gexec
SELECT format('SELECT %L, %L, last_value::numeric + CASE WHEN is_called THEN %s ELSE 0 END FROM %s', 'next value', translate(name, E'\t\n\r', '   '), seqincrement, name)
  FROM own JOIN pg_sequence ON seqrelid = own.oid \gexec
WITH RECURSIVE piece(oid, at, size, hash) AS (
  SELECT l.oid, 0::bigint, length(bytes), md5(bytes) FROM pg_largeobject_metadata l, LATERAL (SELECT lo_get(l.oid, 0, 262144) AS bytes OFFSET 0) read
  UNION ALL
  SELECT p.oid, at + 262144, length(bytes), md5(bytes) FROM piece p, LATERAL (SELECT lo_get(p.oid, at + 262144, 262144) AS bytes OFFSET 0) read
    WHERE size = 262144
)
SELECT 'rows', 'large objects', count(DISTINCT oid), coalesce(sum(('x' || left(md5(concat_ws(':', oid, at, hash)), 15))::bit(60)::bigint::numeric), 0) FROM piece;
SQL
}

# A transaction that sees one moment; texts of values must not depend on the settings of a database or a role.
begin_reading() {
  cat <<'SQL'
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL search_path TO '';
SET LOCAL row_security TO off;
SET LOCAL statement_timeout TO 0;
SET LOCAL datestyle TO 'ISO, YMD';
SET LOCAL intervalstyle TO postgres;
SET LOCAL timezone TO 'UTC';
SET LOCAL bytea_output TO hex;
SET LOCAL extra_float_digits TO 3;
SET LOCAL lc_monetary TO 'C';
SQL
}

# Reads both sides at the same time: read_both <database of the target> <file> [options]. What the source says to it may fail while
# the app works; SOURCE_READ says whether it did not.
read_both() {
  target=$1 program=$2
  shift 2
  set -- -v limit="${ROWS_LIMIT:-1000000}" -F "$(printf '\t')" "$@"
  target_psql "$target" "$@" <"$program" >"$FOLDER/target.lines" &
  reader=$!
  if source_psql "$DATABASE" "$@" <"$program" >"$FOLDER/source.lines"; then SOURCE_READ=true; else SOURCE_READ=false; fi
  wait "$reader"
}
