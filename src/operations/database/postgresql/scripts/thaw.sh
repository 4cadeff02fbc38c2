# shellcheck shell=sh
# Gives the database back to the app, as it was before the freeze, when a move is taken back. It must not do so once the
# pointer names another host: there would be two copies that can be written.

doing 'read where the database is'
if ! ask_for_pointer; then
  # Without a pointer the tier is on its way out, and nobody is sent anywhere. Any other refusal is no answer.
  grep -q ParameterNotFound "$FOLDER/aws"
  answer '{"kept":true}'
fi
if [ "$SERVING" != localhost ]; then answer '{"kept":true}'; fi
reach_local
doing 'thaw the database'
release
drop_probe
answer '{"thawed":true}'
