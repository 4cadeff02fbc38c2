# shellcheck shell=sh
# shellcheck disable=SC2154 # The library finds the postmaster.
# Stops the database of the server, for good, once the app works with RDS: so that nobody takes it for the real one. The data
# stay. It must not stop a database that serves: it has to be frozen, and the pointer has to name another host.

RETIRING=$STATE/retire/$DATABASE

# The systemd service that a process belongs to; none where there is no systemd.
service_of() {
  [ -d "$ROOT/run/systemd/system" ] || return 0
  sed -n 's|.*/\([^/]*\.service\)$|\1|p' "$ROOT/proc/$1/cgroup" | head -n 1
}

running() { [ -e "$DATA/postmaster.pid" ] && [ "$(head -n 1 "$DATA/postmaster.pid")" = "$POSTMASTER" ] && kill -0 "$POSTMASTER" 2>/dev/null; }

stop() {
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
    if [ "$(seconds)" -gt "$deadline" ]; then fail "the database server (process $POSTMASTER) does not stop"; fi
    sleep 0.2
  done
}

read_pointer
if [ "$SERVING" = localhost ]; then fail 'the database on the server still serves: the pointer says localhost'; fi
# What to stop is noted before: a run that was cut off, or another attempt, may have stopped it already.
if local_psql postgres -c 'SELECT'; then
  mkdir -p "$RETIRING"
  reach_local
  if ! is_frozen; then fail "the database \"$DATABASE\" on the server is not frozen"; fi
  DATA=$(local_psql postgres -c 'SHOW data_directory')
  printf '%s\n%s\n%s\n' "$postmaster" "$(service_of "$postmaster")" "$DATA" >"$RETIRING/stopping.new"
  mv -f "$RETIRING/stopping.new" "$RETIRING/stopping"
elif [ ! -e "$RETIRING/stopping" ]; then
  # Somebody else has stopped it, or another machine came in the place of the old one, without a database.
  answer '{"stopped":true}'
fi
doing 'stop the database on the server'
{ read -r POSTMASTER && read -r SERVICE && read -r DATA; } <"$RETIRING/stopping"
stop
answer '{"stopped":true}'
