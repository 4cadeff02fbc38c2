# shellcheck shell=sh
# Stops the database of the server again, when a way back is taken back that had started it. It must not stop one that serves.

doing 'read where the database is'
if ! ask_for_pointer; then
  grep -q ParameterNotFound "$FOLDER/aws"
elif [ "$SERVING" != localhost ] && [ -e "$RETIRING/started" ]; then
  doing 'stop the database on the server'
  if server_answers && [ "$(aside)" != 0 ]; then
    fail "the old database of the server is not in its place yet: the copy is to be taken back first"
  fi
  stop_started
fi
answer '{"stopped":true}'
