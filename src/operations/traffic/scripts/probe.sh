# shellcheck shell=sh
# Runs the command by which the user proves that servers keep nothing, with the addresses of two servers that are healthy behind
# the load balancer: this one is among them only where there is no second other one. It must not judge what the command does, and
# must be harmless to run twice.

doing 'choose two servers'
others='' own=''
for target in $TARGETS; do
  case $target in
    "$OWN":*) own=$target ;;
    *) others="$others $target" ;;
  esac
done
# shellcheck disable=SC2086 # One word for each address.
set -- $others $own
[ $# -ge 2 ] || fail "two healthy servers are needed, and there are only: ${TARGETS:-none}"
TARGET_A=$1 TARGET_B=$2
export TARGET_A TARGET_B

doing "probe $TARGET_A and $TARGET_B"
status=0
timeout -k 5 "$SECONDS_ALLOWED" sh -c "$COMMAND" 3>&- 9>&- >"$FOLDER/output" 2>&1 </dev/null || status=$?
if [ "$status" -eq 0 ]; then answer "{\"probed\":$(json "$TARGET_A and $TARGET_B")}"; fi
ending="ended with code $status"
if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then ending="took longer than $SECONDS_ALLOWED s"; fi
fail "\"$COMMAND\" $ending with TARGET_A=$TARGET_A and TARGET_B=$TARGET_B: $(tail -n 5 "$FOLDER/output" | tail -c 400)"
