# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # Its service uses what is set here, and knows what is used.
# The process of a MySQL server: where it writes its number down, how it ends, and how it is started where no service does that.

STOP_SIGNAL=TERM

pid_file() { server_mysql -e 'SELECT IF(@@pid_file LIKE "/%", @@pid_file, CONCAT(@@datadir, @@pid_file))'; }

# Where no service starts it again, we do, as who it was.
note_process() {
  cat "/proc/$SERVER/cmdline" >"$RETIRING/command"
  stat -c '%u %g' "/proc/$SERVER" >"$RETIRING/owner"
}

start_process() {
  read -r OWNER GROUP <"$RETIRING/owner"
  if [ "$(id -u)" = "$OWNER" ]; then set --; else set -- setpriv "--reuid=$OWNER" "--regid=$GROUP" --clear-groups; fi
  # What runs on must not hold our locks.
  xargs -0 -a "$RETIRING/command" setsid -f "$@" >/dev/null 2>&1 3>&- 8>&- 9>&-
}

server_answers() { server_mysql -e 'SELECT 1' >/dev/null; }
