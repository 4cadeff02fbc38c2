# shellcheck shell=sh
# Stops the database of the server, for good, once the app works with RDS: so that nobody takes it for the real one. The data stay. Its
# service comes before this. It must not stop a database that serves: it has to be frozen, and the pointer has to name another host.

read_pointer
if [ "$SERVING" = localhost ]; then fail 'the database on the server still serves: the pointer says localhost'; fi
# What to stop is noted before: a run that was cut off, or another attempt, may have stopped it already.
if server_answers; then
  reach_local
  if ! is_frozen; then fail "the database \"$DATABASE\" on the server is not frozen"; fi
  note_service
elif [ ! -e "$RETIRING/stopping" ]; then
  # Somebody else has stopped it, or another machine came in the place of the old one, without a database.
  answer '{"stopped":true}'
fi
doing 'stop the database on the server'
stop_service || fail "the database server (process $SERVER) does not stop"
answer '{"stopped":true}'
