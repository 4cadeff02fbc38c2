# shellcheck shell=sh
# Waits until RDS has all rows and keeps up with the app, and does there what grows with the size: statistics and materialized
# views. It must not wait for ever: an error that comes again and again ends it, and so does standing still.

# How far it is, as one line: tables that are whole, tables, errors that RDS has met, bytes on RDS.
state() {
  target_psql "$DATABASE" <<SQL
SELECT concat_ws(' ', count(*) FILTER (WHERE srsubstate = 'r'), count(*),
    (SELECT apply_error_count + sync_error_count FROM pg_stat_subscription_stats WHERE subname = '$REPLICATION'), pg_database_size(current_database()))
  FROM pg_subscription_rel;
SQL
}

# Bytes that RDS has yet to read, and where it is.
behind() {
  local_psql postgres <<SQL
SELECT concat_ws(' ', pg_current_wal_lsn() - confirmed_flush_lsn, confirmed_flush_lsn, wal_status) FROM pg_replication_slots WHERE slot_name = '$REPLICATION';
SQL
}

unfinished() {
  target_psql "$DATABASE" -c "SELECT string_agg(name, ', ') FROM (SELECT srrelid::regclass::text AS name FROM pg_subscription_rel WHERE srsubstate <> 'r' ORDER BY 1 LIMIT 10) names"
}

# Asks both sides: fails where one does not answer, as RDS while it fails over, and ends it when that takes too long.
watch() {
  if there=$(state) && here=$(behind); then
    # shellcheck disable=SC2086 # Words.
    judge $there $here
    return
  fi
  if [ $(($(seconds) - SINCE)) -gt "$PATIENCE" ]; then fail "the server and RDS could not both be asked for $PATIENCE s: $(said)"; fi
  return 1
}

# More tables, or more bytes than ever, are progress, and later another position; errors are counted from there.
judge() {
  READY=$1 TABLES=$2 BEHIND=$5
  if [ $# != 7 ]; then fail 'the replication slot on the server or the subscription on RDS is gone'; fi
  if [ "$7" = lost ]; then
    fail "the server has thrown away WAL that RDS has not read: max_slot_wal_keep_size is too small for what is written during the copy"
  fi
  case $READY in "$TABLES") NOW="all $6" ;; *) NOW=$READY ;; esac
  if [ "$NOW" != "${BEFORE:-}" ] || [ "$4" -gt "$MOST" ]; then
    if [ "$READY" != "${TOLD:-}" ]; then progress "$READY of $TABLES tables are on RDS, which is $BEHIND bytes behind"; fi
    BEFORE=$NOW MOST=$4 TOLD=$READY ERRORS=$3 SINCE=$(seconds)
  fi
  if [ $(($3 - ERRORS)) -ge 3 ]; then
    fail "RDS meets an error again and again$(names=$(unfinished) && [ -n "$names" ] && echo ", at the tables $names"); the log of the RDS instance has its words"
  fi
  if [ $(($(seconds) - SINCE)) -gt "$PATIENCE" ]; then
    fail "the replication to RDS has not got on for $PATIENCE s, $BEHIND bytes behind and with $((TABLES - READY)) tables to copy; the log of the RDS instance may say why"
  fi
}

# Views are made in the order in which they use one another.
refresh_views() {
  {
    echo 'CREATE TEMP TABLE wanted (name text);'
    local_psql "$DATABASE" -c "SELECT format('INSERT INTO wanted VALUES (%L);', oid::regclass) FROM pg_class WHERE relkind = 'm' AND relispopulated"
    echo "SELECT format('REFRESH MATERIALIZED VIEW %s', oid::regclass) FROM pg_class WHERE relkind = 'm' AND oid::regclass::text IN (SELECT name FROM wanted) ORDER BY oid \\gexec"
  } | target_psql "$DATABASE"
}

reach_local
reach_target
BEGUN=$(seconds) MOST=0
SINCE=$BEGUN
doing 'wait until RDS has all rows'
refuse_changed_schema
until watch && [ "$READY" = "$TABLES" ]; do sleep 1; done
doing 'make statistics and materialized views on RDS'
target_psql "$DATABASE" -c 'ANALYZE'
refresh_views
doing 'wait until RDS keeps up'
until watch && [ "$BEHIND" -lt 16777216 ]; do sleep 1; done
refuse_changed_schema
answer "{\"tables\":$TABLES,\"behind\":$BEHIND,\"seconds\":$(($(seconds) - BEGUN)),\"completed\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ) $(printf '%.12s' "$OPERATION")\"}"
