# shellcheck shell=sh
# shellcheck disable=SC2034,SC2153 # The steps use what is set here, and the operator sets what is used.
# What the steps of every engine share: which database serves, and who works alone. It must not know an engine.

# What a retired server was, as long as it may be needed again.
RETIRING=$STATE/retire/$DATABASE

seconds() { date +%s; }

# Two copies must not be made, compared or thrown away at the same time, whatever attempt each is of.
alone() {
  exec 8>"$STATE/operations/copy.lock"
  flock 8
}

ask_for_pointer() { SERVING=$(ask_aws ssm get-parameter --name "$POINTER" --query Parameter.Value --output text); }

# Reads into SERVING which database serves: `localhost`, or the name of another host. What cannot be read is no answer.
read_pointer() {
  doing 'read where the database is'
  ask_for_pointer
  if [ -z "$SERVING" ]; then fail "the pointer $POINTER is empty"; fi
}

# What takes a way back back ends here, with nothing done, unless RDS serves.
keep_unless_rds_serves() {
  doing 'read where the database is'
  if ! ask_for_pointer; then
    # Without a pointer the tier is on its way out, and nobody is sent anywhere. Any other refusal is no answer.
    grep -q ParameterNotFound "$FOLDER/aws"
    answer '{"kept":true}'
  fi
  if [ "$SERVING" = localhost ]; then answer '{"kept":true}'; fi
}

# Whoever opens the database of the server again waits here for the switch.
await_switch() {
  doing 'wait until the pointer names the server'
  left=60
  read_pointer
  until [ "$SERVING" = localhost ]; do
    left=$((left - 1))
    if [ $left -eq 0 ]; then refuse_while_rds_serves; fi
    sleep 2
    read_pointer
  done
}

refuse_while_rds_serves() {
  if [ "$SERVING" != localhost ]; then fail "the pointer $POINTER names $SERVING and not localhost: RDS serves"; fi
}

refuse_unless_it_serves() {
  read_pointer
  if [ "$SERVING" != localhost ]; then fail "the pointer $POINTER names another host than the server: what serves there is not touched"; fi
}
