# shellcheck shell=sh
# Drops what a way back has copied to the server, when it is taken back, and gives the database of the move up its name again.
# It must not touch a database that serves.

keep_unless_rds_serves
reach_server
alone
doing 'put the old database of the server back'
for copy in "$REHEARSAL" "$DATABASE"; do
  if [ "$(local_psql postgres -c "SELECT shobj_description(oid, 'pg_database') LIKE '%$MARK' FROM pg_database WHERE datname = '$copy'")" = t ]; then
    drop_target "$copy"
  fi
done
if [ "$(aside)" = 1 ]; then
  # A copy that was cut off before it was marked.
  drop_target "$DATABASE"
  local_psql postgres -c "ALTER DATABASE \"$ASIDE\" RENAME TO \"$DATABASE\""
fi
answer '{"putBack":true}'
