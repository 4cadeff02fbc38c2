# shellcheck shell=sh
# shellcheck disable=SC2154 # The library finds the postmaster.
# The service of the server's database: how it is stopped for good, and how one that we have stopped is started again. It
# must not stop or start any other.

RETIRING=$STATE/retire/$DATABASE

# The systemd service that a process belongs to; none where there is no systemd.
service_of() {
  [ -d "$ROOT/run/systemd/system" ] || return 0
  sed -n 's|.*/\([^/]*\.service\)$|\1|p' "$ROOT/proc/$1/cgroup" | head -n 1
}

running() { [ -e "$DATA/postmaster.pid" ] && [ "$(head -n 1 "$DATA/postmaster.pid")" = "$POSTMASTER" ] && kill -0 "$POSTMASTER" 2>/dev/null; }

# Notes what runs, before it is stopped: a run that is cut off would not know any more.
note_service() {
  mkdir -p "$RETIRING"
  DATA=$(local_psql postgres -c 'SHOW data_directory')
  printf '%s\n%s\n%s\n' "$postmaster" "$(service_of "$postmaster")" "$DATA" >"$RETIRING/stopping.new"
  mv -f "$RETIRING/stopping.new" "$RETIRING/stopping"
}

read_service() { { read -r POSTMASTER && read -r SERVICE && read -r DATA; } <"$RETIRING/stopping"; }

stop_service() {
  read_service
  if [ -n "$SERVICE" ]; then
    systemctl disable --now "$SERVICE"
    # What a generator enables at every boot is not kept by that; a service of the administrator's own cannot be masked.
    systemctl mask "$SERVICE" || progress "$SERVICE is disabled, not masked"
  elif running; then
    # The signal for a fast shutdown.
    kill -INT "$POSTMASTER"
  fi
  deadline=$(($(seconds) + 120))
  while running; do
    if [ "$(seconds)" -gt "$deadline" ]; then return 1; fi
    sleep 0.2
  done
}

# Starts what was stopped, by what was noted then, also at the next boot.
start_service() {
  read_service
  if [ -n "$SERVICE" ]; then
    systemctl unmask "$SERVICE" || progress "$SERVICE was not masked"
    systemctl enable --now "$SERVICE"
  else
    tools=$(tools_for "$DATA") || fail "the programs of PostgreSQL that made $DATA are not there any more"
    # What runs on must not hold our locks.
    as_postgres "$tools/pg_ctl" start -w -s -D "$DATA" -l "$DATA/scalingtier.log" 3>&- 8>&- 9>&-
  fi
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
