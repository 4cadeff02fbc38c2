# shellcheck shell=sh
# Whether the names by which people reach the app lead to one place, as the server's own resolver sees it, and what is to be changed
# where they do not. It must change no name: they are not ours.

addresses_of() {
  case $1 in
    *[!0-9.]*) getent ahostsv4 "$1" | awk '{ print $1 }' | sort -u ;;
    *) echo "$1" ;;
  esac
}

# Fails unless all of $NAMES lead to the address or name $1; $2 is what that is to people, $3 the record to make.
refuse_unless_leading() {
  doing "look up $2"
  addresses_of "$1" >"$FOLDER/wanted" || :
  [ -s "$FOLDER/wanted" ] || fail "the name of $2, $1, is not known to the server's resolver"
  for name in $NAMES; do
    doing "look up $name"
    addresses_of "$name" >"$FOLDER/name" || :
    other=$(grep -vxF -f "$FOLDER/wanted" "$FOLDER/name" | tr '\n' ' ') || other=
    if [ ! -s "$FOLDER/name" ] || [ -n "$other" ]; then
      fail "$name leads to ${other:-nowhere }and not to $2: make it $3 $1, with a short time to live; where something else is meant to stand before $2, take the name out of spec.transition.traffic.hostNames"
    fi
  done
}
