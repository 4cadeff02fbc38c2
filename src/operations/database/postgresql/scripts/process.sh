# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # Its service uses what is set here, and knows what is used.
# The process of a PostgreSQL server: where it writes its number down, how it ends, and how it is started where no service does that.

# A fast shutdown.
STOP_SIGNAL=INT

pid_file() { local_psql postgres -c "SELECT current_setting('data_directory') || '/postmaster.pid'"; }

# Its folder of data knows all that starts it.
note_process() { :; }

start_process() {
  data=$(dirname "$PID_FILE")
  tools=$(tools_for "$data") || fail "the programs of PostgreSQL that made $data are not there any more"
  # What runs on must not hold our locks.
  as_postgres "$tools/pg_ctl" start -w -s -D "$data" -l "$data/scalingtier.log" 3>&- 8>&- 9>&-
}

# The folder of the programs that made a folder of data.
tools_for() {
  major=$(cat "$1/PG_VERSION")
  for program in $(printf '%s' "$PATH" | tr ':' ' '); do
    if [ -x "$program/pg_ctl" ] && "$program/pg_ctl" --version | grep -q " $major\b"; then echo "$program" && return; fi
  done
  return 1
}

server_answers() { local_psql postgres -c 'SELECT' >/dev/null; }
