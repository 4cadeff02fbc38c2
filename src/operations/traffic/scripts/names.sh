# shellcheck shell=sh
# Says where the names lead by which people reach the app, before anything of the move is done: that is where they are to lead again when
# it is called off.

found=
for name in $NAMES; do
  doing "look up $name"
  addresses_of "$name" >"$FOLDER/name" || :
  places=$(paste -s -d ' ' "$FOLDER/name")
  found="${found:+$found, }$name to ${places:-nowhere}"
done
answer "{\"leading\":$(json "$found")}"
