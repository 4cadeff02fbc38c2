# shellcheck shell=sh
# Before the load balancer goes because the move was called off: says whether no name leads there any more. When the move went on to
# its end, or nothing is to serve any more, there is nothing to wait for: the parameters name another stage then, or none.

doing 'read which stage is in force'
found=$(ask_aws ssm get-parameter --name "$POINTER" --query Parameter.Value --output text) || {
  grep -q ParameterNotFound "$FOLDER/aws"
  found=
}
if [ "$found" != "$STAGE" ]; then answer '{"kept":true}'; fi
doing 'look up the load balancer'
left=5
until addresses_of "$BALANCER" >"$FOLDER/balancer" && [ -s "$FOLDER/balancer" ]; do
  left=$((left - 1))
  # A name that nobody knows is the place of nobody.
  if [ $left -eq 0 ]; then answer '{"names":0}'; fi
  sleep 1
done
for name in $NAMES; do
  doing "look up $name"
  addresses_of "$name" >"$FOLDER/name" || :
  if grep -qxF -f "$FOLDER/balancer" "$FOLDER/name"; then
    fail "$name leads to the load balancer, which goes: make it an A record of $ADDRESS, with a short time to live"
  fi
done
answer "{\"names\":$(echo "$NAMES" | wc -w)}"
