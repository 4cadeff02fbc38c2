# shellcheck shell=sh
# Has the app read its parameters anew, by the command that the user gave for that. Without one the app does so by itself. It must
# be harmless to run it twice: the command is one that may run at any time.

doing 'reload the app'
if [ -z "$RELOAD" ]; then answer '{"reloaded":false}'; fi
# What a command that starts a service leaves running must not hold the lock.
if ! sh -c "$RELOAD" 3>&- 9>&- >"$FOLDER/output" 2>&1; then
  fail "\"$RELOAD\" failed: $(tail -c 500 "$FOLDER/output")"
fi
answer '{"reloaded":true}'
