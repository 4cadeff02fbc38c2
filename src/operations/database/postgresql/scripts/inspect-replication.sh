# shellcheck shell=sh
# Says whether the server can be replicated to RDS, after it was found that the database can move: what the server has to be set
# to, and what replication does not carry. It must change nothing, and restart nothing: the server is the user's.

# What a slot may keep must fit on the disk: a replication that stands still must not stop the server.
wal_room() {
  df -Pk "$(local_psql postgres -c 'SHOW data_directory')/pg_wal/." | awk 'END { printf "%d", $4 / 1024 }'
}

# One sentence for each thing that is wrong, and the way out.
settings() {
  local_psql "$DATABASE" -v room="$(wal_room)" -v target="${RDS_VERSION%%.*}" <<'SQL'
WITH set(name, value) AS (SELECT name, setting FROM pg_settings), wrong(place, words) AS (
  SELECT 1, format('wal_level is %s and must be logical: ALTER SYSTEM SET wal_level = logical, and restart the server when it suits you', value)
    FROM set WHERE name = 'wal_level' AND value <> 'logical'
  UNION ALL
  SELECT 2, format('max_slot_wal_keep_size is %s: a replication that stands still would fill the disk, which has %s MB free, half of which it may take together with max_wal_size, %s MB; ',
      CASE value WHEN '-1' THEN 'not limited' ELSE value || ' MB' END, :room, other)
    || CASE WHEN left_over > 0 THEN format('ALTER SYSTEM SET max_slot_wal_keep_size = ''%s MB''; SELECT pg_reload_conf()', left_over) ELSE 'make room' END
    FROM set, LATERAL (SELECT s.value AS other, :room / 2 - s.value::bigint AS left_over FROM set s WHERE s.name = 'max_wal_size') w
    WHERE name = 'max_slot_wal_keep_size' AND (value = '-1' OR value::bigint > left_over)
  UNION ALL
  SELECT 3, format('%s of %s replication slots are free and 4 are needed: ALTER SYSTEM SET max_replication_slots = %s, and restart the server', value::int - used, value, used + 10)
    FROM set, (SELECT count(*) AS used FROM pg_replication_slots) u WHERE name = 'max_replication_slots' AND value::int - used < 4
  UNION ALL
  SELECT 4, format('%s of %s WAL senders are free and 4 are needed: ALTER SYSTEM SET max_wal_senders = %s, and restart the server', value::int - used, value, used + 10)
    FROM set, (SELECT count(*) AS used FROM pg_stat_replication) u WHERE name = 'max_wal_senders' AND value::int - used < 4
  UNION ALL
  SELECT 5, format('the server runs PostgreSQL %s; replication needs 14 or later', value) FROM set WHERE name = 'server_version' AND current_setting('server_version_num')::int < 140000
  UNION ALL
  SELECT 6, format('RDS would run PostgreSQL %s, where only 16 and later let the master user subscribe; raise spec.database.rds.engineVersion', :target) WHERE :target < 16
)
SELECT words FROM wrong ORDER BY place;
SQL
}

# What would not arrive, or not as it is.
contents() {
  local_psql "$DATABASE" -v limit="$FROZEN_BYTES" <<SQL
SET search_path TO '';
$OWN, loose AS (SELECT name, pg_table_size(oid) AS bytes FROM own WHERE key IS NULL), large AS (
  SELECT pg_table_size('pg_catalog.pg_largeobject') AS bytes
), wrong(place, name, words) AS (
  SELECT 1, name, 'unlogged tables are not replicated; ALTER TABLE ... SET LOGGED, or drop them' FROM own WHERE relpersistence = 'u'
  UNION ALL
  SELECT 2, format('%s.%I', oid::regclass, tgname), 'triggers that are enabled ALWAYS or REPLICA would run again on RDS; ENABLE TRIGGER'
    FROM (SELECT tgrelid AS oid, tgname FROM pg_trigger WHERE tgenabled IN ('A', 'R') AND NOT tgisinternal) t
  UNION ALL
  SELECT 3, name, format('tables without a primary key are compared as a whole while nobody can write, and these have more than %s with the large objects; give them a key',
      pg_size_pretty(:limit::bigint)) FROM loose WHERE (SELECT sum(bytes) FROM loose) + (SELECT bytes FROM large) > :limit
  UNION ALL
  SELECT 4, pg_size_pretty(bytes), format('large objects are copied while nobody can write, and are more than %s; keep them in a table, or move by DumpRestore', pg_size_pretty(:limit::bigint))
    FROM large WHERE bytes > :limit
)
SELECT words || ': ' || array_to_string((array_agg(DISTINCT name))[1:10], ', ')
    || CASE WHEN count(DISTINCT name) > 10 THEN ' and ' || count(DISTINCT name) - 10 || ' more' ELSE '' END
  FROM wrong GROUP BY place, words ORDER BY place;
SQL
}

# Without a key a row is found on RDS by all of its values, each of which must be comparable: PostgreSQL itself is asked.
incomparable() {
  local_psql "$DATABASE" >"$FOLDER/comparable.sql" <<SQL
$OWN SELECT format('EXPLAIN (COSTS off) SELECT DISTINCT %I FROM %s', attname, name) || format(E'\n%sg /dev/null\n%1\$sif :ERROR\nSELECT %L;\n%1\$sendif', chr(92), format('%s.%I', name, attname))
  FROM own JOIN pg_attribute ON attrelid = own.oid AND attnum > 0 AND NOT attisdropped WHERE key IS NULL ORDER BY name, attnum;
SQL
  local_psql "$DATABASE" -v ON_ERROR_STOP=0 -f "$FOLDER/comparable.sql" >"$FOLDER/incomparable"
  if [ -s "$FOLDER/incomparable" ]; then
    echo "tables without a primary key have columns whose values cannot be compared, so that no update could be replicated; give the tables a key: $(awk '{ printf "%s%s", (NR > 1 ? ", " : ""), $0 }' "$FOLDER/incomparable")"
  fi
}

# Rows that a dump would take along although their table is an extension's.
extension_rows() {
  rows=$(
    local_psql "$DATABASE" <<'SQL'
SELECT format('SELECT %L WHERE EXISTS (SELECT FROM %s %s)', format('%s of %s', c.oid::regclass, extname), c.oid::regclass, condition)
  FROM pg_extension, unnest(extconfig, extcondition) u(id, condition) JOIN pg_class c ON c.oid = id WHERE relkind = 'r' \gexec
SQL
  )
  if [ -n "$rows" ]; then
    echo "tables of extensions hold rows that are not the extension's own, and replication does not carry them; move by DumpRestore: $(printf '%s' "$rows" | tr '\n' ',')"
  fi
}

facts() {
  local_psql "$DATABASE" <<SQL
$OWN SELECT json_build_object('tables', count(*), 'withoutKey', count(*) FILTER (WHERE key IS NULL), 'tls', current_setting('ssl') = 'on') FROM own;
SQL
}

reach_local
read_network
doing 'look whether the server can be replicated'
WRONG=$FOLDER/problems
{ settings && contents && incomparable && extension_rows; } >"$WRONG"
if ! pg_isready -q -h "$SOURCE_HOST" -p "$PORT" -t 15; then
  echo "the server does not listen at $SOURCE_HOST port $PORT, where RDS would reach it: ALTER SYSTEM SET listen_addresses = 'localhost, $SOURCE_HOST', and restart the server" >>"$WRONG"
fi
if [ -s "$WRONG" ]; then
  fail "the database cannot be replicated to RDS as it is: $(awk '{ printf "%s(%d) %s", (NR > 1 ? "; " : ""), NR, $0 }' "$WRONG" | cut -c 1-3000)"
fi
answer "$(facts)"
