# shellcheck shell=sh
# shellcheck disable=SC2154 # The engine says what process its server is, and by which signal it ends.
# The service of the server's database: how it is stopped for good, and how one that we have stopped is started again. What its process
# is comes before this. It must not stop or start any other, and must not know an engine.

# The systemd service that a process belongs to; none where there is no systemd.
service_of() {
  [ -d "$ROOT/run/systemd/system" ] || return 0
  sed -n 's|.*/\([^/]*\.service\)$|\1|p' "$ROOT/proc/$1/cgroup" | head -n 1
}

running() { [ -e "$PID_FILE" ] && [ "$(head -n 1 "$PID_FILE")" = "$SERVER" ] && kill -0 "$SERVER" 2>/dev/null; }

# Notes what runs, before it is stopped: a run that is cut off would not know any more.
note_service() {
  mkdir -p "$RETIRING"
  PID_FILE=$(pid_file)
  SERVER=$(head -n 1 "$PID_FILE")
  note_process
  printf '%s\n%s\n%s\n' "$SERVER" "$(service_of "$SERVER")" "$PID_FILE" >"$RETIRING/stopping.new"
  mv -f "$RETIRING/stopping.new" "$RETIRING/stopping"
}

read_service() { { read -r SERVER && read -r SERVICE && read -r PID_FILE; } <"$RETIRING/stopping"; }

stop_service() {
  read_service
  if [ -n "$SERVICE" ]; then
    systemctl disable --now "$SERVICE"
    # What a generator enables at every boot is not kept by that; a service of the administrator's own cannot be masked.
    systemctl mask "$SERVICE" || progress "$SERVICE is disabled, not masked"
  elif running; then
    kill "-$STOP_SIGNAL" "$SERVER"
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
    start_process
  fi
}
