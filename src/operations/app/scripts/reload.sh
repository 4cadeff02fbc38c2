# shellcheck shell=sh
# Has the app read its parameters anew, by the command that the user gave for that, once the Parameter Store shows them. Without a
# command the app does so by itself. It must be harmless to run it twice, and must not let what the app prints into an answer.

doing 'wait until the parameters show the new place'
left=60
until [ "$(ask_aws ssm get-parameter --name "$POINTER" --query Parameter.Value --output text)" = "$WRITER" ]; do
  left=$((left - 1))
  if [ $left -eq 0 ]; then fail "the pointer $POINTER does not show $WRITER"; fi
  sleep 2
done
doing 'reload the app'
if [ -z "$RELOAD" ]; then answer '{"reloaded":false}'; fi
# What a command that starts a service leaves running must not hold the lock.
sh -c "$RELOAD" 3>&- 9>&- >"$FOLDER/output" 2>&1 ||
  fail "\"$RELOAD\" ended with code $?; what it printed is in $FOLDER/output on the server"
answer '{"reloaded":true}'
