# shellcheck shell=sh
# shellcheck disable=SC2034 # Steps use what is set here.
# Takes the database from the app: from here on nothing that anybody was told is written can be missing from a copy. Whoever
# the gate can refuse is refused, and all sessions are ended. If that cannot be had and proven, everything is as it was
# before. How the gate is closed comes before this, because a server and RDS have different ones.

# What another operation froze stays frozen.
reopen() {
  if [ -e "$FOLDER/begun" ]; then release; fi
  drop_probe
}
undo() { reopen; }

# Whoever connects from here on is one that the gate lets in: a pool comes back as soon as its sessions are ended.
refuse_returners() {
  names=$(
    source_psql postgres <<SQL
SELECT string_agg(DISTINCT usename || ' (' || application_name || ')', ', ') FROM pg_stat_activity LEFT JOIN pg_roles ON rolname = usename
  WHERE datname = '$DATABASE' AND $GUESTS AND backend_type = 'client backend' AND application_name <> '$PGAPPNAME' AND backend_start > '$SINCE';
SQL
  )
  if [ -n "$names" ]; then
    fail "${RETURNER}s come back to the database \"$DATABASE\" and could write: $names; the app must not connect as $RETURNER; nothing was changed"
  fi
}

end_sessions() {
  SINCE=$(source_psql postgres -c 'SELECT clock_timestamp()')
  deadline=$(($(seconds) + 60))
  until [ "$(sessions)" = 0 ]; do
    if [ "$(seconds)" -gt "$deadline" ]; then fail "$(sessions) sessions on the database \"$DATABASE\" do not end; nothing was changed"; fi
    source_psql postgres >/dev/null <<SQL
SELECT pg_terminate_backend(pid) FROM pg_stat_activity LEFT JOIN pg_roles ON rolname = usename
  WHERE datname = '$DATABASE' AND $GUESTS AND backend_type IN ('client backend', 'walsender');
SQL
    sleep 0.2
    refuse_returners
  done
}

refuse_prepared() {
  count=$(source_psql postgres -c "SELECT count(*) FROM pg_prepared_xacts WHERE database = '$DATABASE'")
  if [ "$count" != 0 ]; then
    fail "$count prepared transactions wait for their second phase in \"$DATABASE\"; commit them or roll them back"
  fi
}

# Sets PROVEN, to how it was proven, and POSITION, of the source's log at that time.
freeze_database() {
  PROVEN=catalog
  doing 'freeze the database'
  close_database
  await_sessions_in_the_making
  end_sessions
  refuse_prepared
  doing 'prove that the database is frozen'
  prove
  POSITION=$(source_psql postgres -c 'SELECT pg_current_wal_lsn()')
}
