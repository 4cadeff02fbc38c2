# shellcheck shell=sh
# shellcheck disable=SC2034,SC2153 # Steps use what is set here.
# One moment of the server: a place in its binary log, and snapshots that have exactly what was written before it. For as long as they
# begin nobody writes, which is a moment; who comes meanwhile waits. It must not make the app wait for long, whatever others do.

# Seconds for which a long query of somebody's may make others wait behind us, before we let them go first and try again.
HELD_SECONDS=2

# Sets LOG_FILE and LOG_POSITION, and holds all writes until `let_write`. The lock is its session's, and ends with it.
hold_writes() {
  deadline=$(($(seconds) + PATIENCE))
  rm -f "$FOLDER/hold"
  mkfifo "$FOLDER/hold"
  while :; do
    : >"$FOLDER/held"
    client on_local --unbuffered --init-command="$SESSION, lock_wait_timeout = $HELD_SECONDS" <"$FOLDER/hold" >"$FOLDER/held" &
    HOLDER=$!
    exec 6>"$FOLDER/hold"
    echo "FLUSH TABLES WITH READ LOCK; SELECT LOCAL ->> '\$.binary_log_file', LOCAL ->> '\$.binary_log_position' FROM performance_schema.log_status;" >&6
    while kill -0 "$HOLDER" 2>/dev/null && [ ! -s "$FOLDER/held" ]; do sleep 0.02 6>&-; done
    if [ -s "$FOLDER/held" ]; then break; fi
    exec 6>&-
    wait "$HOLDER" || :
    tail -n 1 "$FOLDER/stderr" | grep -q 'ERROR 1205' || return 1
    if [ "$(seconds)" -gt "$deadline" ]; then
      fail "for $PATIENCE s there was no moment without a statement that had run for more than $HELD_SECONDS s on the server; SHOW PROCESSLIST shows them"
    fi
    sleep 1
  done
  read -r LOG_FILE LOG_POSITION <"$FOLDER/held"
}

let_write() {
  exec 6>&-
  wait "$HOLDER"
  rm -f "$FOLDER/hold"
}

# Waits until a snapshot has begun, which takes a moment or does not come: await_snapshot <command that says so>.
await_snapshot() {
  deadline=$(($(seconds) + 10))
  until "$@" 6>&-; do
    if [ "$(seconds)" -gt "$deadline" ]; then
      let_write
      fail 'a snapshot of the database does not begin; nothing was changed'
    fi
    sleep 0.05 6>&-
  done
}
