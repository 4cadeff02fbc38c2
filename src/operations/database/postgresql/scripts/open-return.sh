# shellcheck shell=sh
# Opens the copy on the server to the app, once the pointer names the server. It must not open while RDS serves, and must not
# open anything but the copy of a way back: the frozen database of the move up is older.

await_switch
reach_local
doing 'open the database on the server'
case $(standing) in
  copy)
    # From here on it is the database, and no copy that an attempt might drop.
    local_psql postgres <<SQL
SELECT format('ALTER DATABASE %I CONNECTION LIMIT %s; ALTER DATABASE %1\$I RESET scalingtier.connection_limit; COMMENT ON DATABASE %1\$I IS %3\$L',
    datname, '$(remembered_limit)', $(people_wrote "shobj_description(oid, 'pg_database')"))
  FROM pg_database WHERE datname = '$DATABASE' \gexec
SQL
    ;;
  frozen) fail "the database \"$DATABASE\" on the server is that of the move to RDS, and not the copy" ;;
esac
answer '{"opened":true}'
