# shellcheck shell=sh
# Takes the database from the app: from here on nothing that anybody was told is written can be missing from a copy. Whoever
# is no superuser is refused, and all sessions are ended. If that cannot be had and proven, everything is as it was before.
# It must not forget the limit of connections that the database had, and must change nothing when it is frozen already.

# Limits the database and remembers what it was before, in one transaction: neither is there without the other.
close_database() {
  if is_frozen; then return; fi
  limit=$(remembered_limit)
  [ -n "$limit" ] || limit=$(local_limit)
  if [ "$limit" = 0 ]; then
    fail "the database \"$DATABASE\" takes no connections already, by somebody else's will: nobody would know what to come back to; ALTER DATABASE \"$DATABASE\" CONNECTION LIMIT -1"
  fi
  : >"$FOLDER/begun"
  local_psql postgres -c "ALTER DATABASE \"$DATABASE\" SET scalingtier.connection_limit TO '$limit'; ALTER DATABASE \"$DATABASE\" CONNECTION LIMIT 0"
}

undo() {
  # What another operation froze stays frozen.
  if [ -e "$FOLDER/begun" ]; then release; fi
  drop_probe
}

# A session that is just being made may have read the old limit and is not in the list of sessions yet, but holds a lock on
# the database until it is. This statement waits for all of those; moving a database to where it is does nothing else.
await_sessions_in_the_making() {
  space=$(local_psql postgres -c "SELECT quote_ident(spcname) FROM pg_tablespace t JOIN pg_database d ON d.dattablespace = t.oid WHERE datname = '$DATABASE'")
  local_psql postgres -c "SET lock_timeout TO '60s'" -c "ALTER DATABASE \"$DATABASE\" SET TABLESPACE $space"
}

# Whoever connects from here on is a superuser: a pool comes back as soon as its sessions are ended.
refuse_superusers() {
  names=$(
    local_psql postgres <<SQL
SELECT string_agg(DISTINCT usename || ' (' || application_name || ')', ', ') FROM pg_stat_activity
  WHERE datname = '$DATABASE' AND backend_type = 'client backend' AND application_name <> '$PGAPPNAME' AND backend_start > '$SINCE';
SQL
  )
  if [ -n "$names" ]; then
    fail "superusers come back to the database \"$DATABASE\" and could write: $names; the app must not connect as superuser; nothing was changed"
  fi
}

end_sessions() {
  SINCE=$(local_psql postgres -c 'SELECT clock_timestamp()')
  deadline=$(($(seconds) + 60))
  until [ "$(sessions)" = 0 ]; do
    if [ "$(seconds)" -gt "$deadline" ]; then fail "$(sessions) sessions on the database \"$DATABASE\" do not end; nothing was changed"; fi
    local_psql postgres >/dev/null <<SQL
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $PRESENT;
SQL
    sleep 0.2
    refuse_superusers
  done
  sleep 1
  refuse_superusers
}

refuse_prepared() {
  count=$(local_psql postgres -c "SELECT count(*) FROM pg_prepared_xacts WHERE database = '$DATABASE'")
  if [ "$count" != 0 ]; then
    fail "$count prepared transactions wait for their second phase in \"$DATABASE\"; commit them or roll them back"
  fi
}

# A role that may do nothing but connect tries to. Where the server's own rules refuse it before the limit is asked, nothing is
# proven by that, and the catalog must do.
prove() {
  key=$(python3 -c 'import secrets; print(secrets.token_hex(24))')
  drop_probe
  local_psql postgres <<SQL
CREATE ROLE $PROBE LOGIN PASSWORD '$key';
SELECT 'GRANT CONNECT ON DATABASE "$DATABASE" TO $PROBE' WHERE NOT has_database_privilege('$PROBE', '$DATABASE', 'CONNECT') \gexec
SQL
  for host in "${PGHOST:-}" 127.0.0.1; do
    if said=$(PGPASSWORD=$key psql -X -w ${host:+-h "$host"} -p "$PORT" -U "$PROBE" -d "$DATABASE" -c 'SELECT' 2>&1); then
      fail "a role without rights can still connect to the database \"$DATABASE\""
    fi
    case $said in *'too many connections for database'*) PROVEN=connection ;; esac
  done
  drop_probe
  [ "$(local_limit)" = 0 ]
}

refuse_unless_it_serves
reach_local
PROVEN=catalog
doing 'freeze the database'
close_database
await_sessions_in_the_making
end_sessions
refuse_prepared
doing 'prove that the database is frozen'
prove
answer "{\"position\":\"$(local_psql postgres -c 'SELECT pg_current_wal_lsn()')\",\"proven\":\"$PROVEN\"}"
