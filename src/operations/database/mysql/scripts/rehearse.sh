# shellcheck shell=sh
# Copies the whole database into a scratch database of the target while the app works on, to see that it can be copied and
# how long that takes. It must not touch the database that the app will use, and leaves nothing behind but accounts that cannot log in.

undo() {
  drop_dump
  [ -z "${SECRET_PASSWORD:-}" ] || { target_mysql -e "DROP DATABASE IF EXISTS \`$REHEARSAL\`" && leave_target; } || :
}

# Reads both sides as a comparison does, for the sake of the time that it takes. What the app drops meanwhile cannot be read on its
# side; then the other side's time has to do.
read_as_compared() {
  contents >"$FOLDER/contents.sql"
  client on_target --database="$REHEARSAL" <"$FOLDER/contents.sql" >/dev/null &
  reader=$!
  client on_source --database="$DATABASE" <"$FOLDER/contents.sql" >/dev/null || :
  wait "$reader"
}

reach_source
alone
reach_target
doing "compare the settings of $TARGET_NAME"
refuse_other_settings
doing "make the accounts on $TARGET_NAME"
refuse_foreign_accounts
enter_target
make_accounts
begun=$(seconds)
drop_target "$REHEARSAL"
make_target "$REHEARSAL"
doing 'dump the database'
dump
dumped=$(seconds)
doing "restore the dump on $TARGET_NAME"
restore_into "$REHEARSAL"
make_events "$REHEARSAL"
restored=$(seconds)
doing 'read both sides as a comparison does'
read_as_compared
ended=$(seconds)
doing 'drop the scratch database'
bytes=$(target_bytes "$REHEARSAL")
drop_target "$REHEARSAL"
note_target "$REHEARSAL" null
leave_target
drop_dump
foretell $((restored - begun)) $((ended - restored))
answer "{\"dumpSeconds\":$((dumped - begun)),\"restoreSeconds\":$((restored - dumped)),$FORETOLD,\"bytes\":$bytes}"
