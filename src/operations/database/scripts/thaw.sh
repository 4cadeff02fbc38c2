# shellcheck shell=sh
# Gives the database back to the app, as it was before the freeze, when a move is taken back. It must not do so once the
# pointer names another host: there would be two copies that can be written.

read_pointer
if [ "$SERVING" != localhost ]; then answer '{"kept":true}'; fi
reach_local
doing 'thaw the database'
if [ -e "$FREEZE/limit" ]; then
  local_psql postgres -c "ALTER DATABASE \"$DATABASE\" CONNECTION LIMIT $(cat "$FREEZE/limit")"
  rm -f "$FREEZE/limit"
fi
drop_probe
answer '{"thawed":true}'
