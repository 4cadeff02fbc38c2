# shellcheck shell=sh
# Says whether the names by which people reach the app lead to the load balancer, as the server's own resolver sees it, and what
# is to be changed where they do not. It must change no name: they are not ours.

addresses_of() { getent ahostsv4 "$1" | awk '{ print $1 }' | sort -u; }

doing 'look up the load balancer'
addresses_of "$ADDRESS" >"$FOLDER/balancer" || :
[ -s "$FOLDER/balancer" ] || fail "the name of the load balancer, $ADDRESS, is not known to the server's resolver yet"
for name in $NAMES; do
  doing "look up $name"
  addresses_of "$name" >"$FOLDER/name" || :
  other=$(grep -vxF -f "$FOLDER/balancer" "$FOLDER/name" | tr '\n' ' ') || other=
  if [ ! -s "$FOLDER/name" ] || [ -n "$other" ]; then
    fail "$name leads to ${other:-nowhere }and not to the load balancer: make it an alias or a CNAME of $ADDRESS, with a short time to live; where something else is meant to stand before the load balancer, take the name out of spec.transition.traffic.hostNames"
  fi
done
answer "{\"names\":$(echo "$NAMES" | wc -w)}"
