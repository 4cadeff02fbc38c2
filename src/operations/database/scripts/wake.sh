# shellcheck shell=sh
# A server that the move up has stopped is started for the way back, because it has to be asked, and stopped again when that is taken
# back. How its service is started and stopped comes before this. It must not know an engine.

wake_server() {
  if server_answers || [ ! -e "$RETIRING/stopping" ]; then return; fi
  doing 'start the database on the server'
  : >"$RETIRING/started"
  start_service
  # A service may be called started before it answers.
  deadline=$(($(seconds) + 120))
  until server_answers; do
    if [ "$(seconds)" -gt "$deadline" ]; then return; fi
    sleep 0.2
  done
}

# Stops again what a way back has started.
stop_started() {
  if server_answers; then
    reach_server
    note_service
  fi
  stop_service && rm -f "$RETIRING/started"
}
