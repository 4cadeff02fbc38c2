# shellcheck shell=sh
# shellcheck disable=SC2034 # The check of the schema uses what is set here.
# Whether a replication, where one is under way, still is what it was when both sides were compared: an approval or a pause may
# lie in between, and nobody is to be kept from a database that cannot move then. It must change nothing.

# Bytes of the server's log that may be left to the freeze.
LEFT_BYTES=${LEFT_BYTES:-1073741824}

refuse_stale_replication() {
  if [ "$(local_psql postgres -c "SELECT count(*) FROM pg_roles WHERE rolname = '$REPLICATOR'")" = 0 ]; then return; fi
  if [ ! -e "$COMPARED" ]; then fail "$NOT_COMPARED"; fi
  stale=$(
    local_psql postgres <<SQL
SELECT string_agg(format('%s is %s, %s behind', name, coalesce(wal_status, 'gone'), coalesce(pg_size_pretty(pg_current_wal_lsn() - confirmed_flush_lsn), 'nobody knows how far')), '; ')
  FROM unnest(ARRAY['$REPLICATION', '$CHANGES']) name LEFT JOIN pg_replication_slots ON slot_name = name AND database = '$DATABASE'
  WHERE coalesce(wal_status, 'gone') NOT IN ('reserved', 'extended') OR pg_current_wal_lsn() - confirmed_flush_lsn > $LEFT_BYTES;
SQL
  )
  if [ -n "$stale" ]; then
    fail "too much was written since both sides were compared, or the server has thrown it away: the replication slot $stale; nothing was changed; try again, and approve soon after the comparison"
  fi
  SCHEMA=$(cat "$KEPT_SCHEMA")
  refuse_changed_schema
}
