# shellcheck shell=sh
# shellcheck disable=SC2034 # The other scripts use what is set here.
# The time in which nobody can write, of a replicated database, in one run: the database is closed, what was written last is
# copied, both sides are compared. Whatever can be found out before comes before, and whatever fails opens the database
# again. It must not give the database to anybody: that is the operator's decision.

undo() {
  rm -f "$FOLDER/roles.sql" "$FOLDER/objects.sql"
  reopen
}

# A run that was cut off goes on with what it closed, and with nothing that was put in its place since.
close_once() {
  if [ -e "$FOLDER/closed" ]; then
    read -r POSITION PROVEN SINCE <"$FOLDER/closed"
    refuse_unless_frozen
    return
  fi
  freeze_database
  printf '%s %s %s\n' "$POSITION" "$PROVEN" "$SINCE" >"$FOLDER/closed.new"
  sync "$FOLDER/closed.new"
  mv -f "$FOLDER/closed.new" "$FOLDER/closed"
}

refuse_unless_it_serves
reach_source
alone
refuse_unless_compared
reach_target
begun=$(seconds)
close_once
catch_up
compare_databases
refuse_returners
COMPLETED="$(date -u +%Y-%m-%dT%H:%M:%SZ) $(printf '%.12s' "$OPERATION")"
answer "{\"position\":\"$POSITION\",\"proven\":\"$PROVEN\",\"seconds\":$(($(seconds) - begun)),\"completed\":\"$COMPLETED\",$EQUAL,$COMPARISON}"
