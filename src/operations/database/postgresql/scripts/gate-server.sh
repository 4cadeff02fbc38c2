# shellcheck shell=sh
# shellcheck disable=SC2034 # The freeze uses what is set here.
# How a database on the server is closed and opened: by its limit of connections, which holds for everybody but superusers. It
# must not forget the limit that the database had, and must change nothing when it is closed already.

# Whom the freeze ends, and whom it cannot refuse.
GUESTS="NOT ($READER)" RETURNER=superuser

# Gives the database back as it was before our own freeze; without one it changes nothing.
release() {
  limit=$(remembered_limit)
  if [ -z "$limit" ]; then return; fi
  local_psql postgres -c "ALTER DATABASE \"$DATABASE\" CONNECTION LIMIT $limit; ALTER DATABASE \"$DATABASE\" RESET scalingtier.connection_limit"
}

# The role without rights that a freeze is proven with; one that was cut off leaves it.
PROBE=scalingtier_probe
drop_probe() {
  local_psql postgres <<SQL
SELECT 'DROP OWNED BY $PROBE' FROM pg_roles WHERE rolname = '$PROBE' \gexec
DROP ROLE IF EXISTS $PROBE;
SQL
}

# Limits the database and remembers what it was before, in one transaction: neither is there without the other.
close_database() {
  if is_frozen; then return; fi
  refuse_stale_replication
  limit=$(remembered_limit)
  [ -n "$limit" ] || limit=$(local_limit)
  if [ "$limit" = 0 ]; then
    fail "the database \"$DATABASE\" takes no connections already, by somebody else's will: nobody would know what to come back to; ALTER DATABASE \"$DATABASE\" CONNECTION LIMIT -1"
  fi
  : >"$FOLDER/begun"
  local_psql postgres -c "ALTER DATABASE \"$DATABASE\" SET scalingtier.connection_limit TO '$limit'; ALTER DATABASE \"$DATABASE\" CONNECTION LIMIT 0"
}

# A session that is just being made may have read the old limit and is not in the list of sessions yet, but holds a lock on
# the database until it is. This statement waits for all of those; moving a database to where it is does nothing else.
await_sessions_in_the_making() {
  space=$(local_psql postgres -c "SELECT quote_ident(spcname) FROM pg_tablespace t JOIN pg_database d ON d.dattablespace = t.oid WHERE datname = '$DATABASE'")
  local_psql postgres -c "SET lock_timeout TO '60s'" -c "ALTER DATABASE \"$DATABASE\" SET TABLESPACE $space"
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
