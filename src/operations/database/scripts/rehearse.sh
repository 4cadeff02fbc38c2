# shellcheck shell=sh
# Copies the whole database into a scratch database of the target while the app works on, to see that it can be copied and
# how long that takes. It must not touch the database that the app will use, and leaves nothing behind but roles that cannot log in.

undo() {
  drop_dump
  [ -z "${SECRET_PASSWORD:-}" ] || target_psql postgres -c "DROP DATABASE IF EXISTS \"$REHEARSAL\" WITH (FORCE)" || :
}

reach_source
alone
reach_target
doing "make the roles on $TARGET_NAME"
refuse_missing_extensions
refuse_foreign_roles
make_roles
refuse_kept "$DATABASE"
begun=$(seconds)
drop_target "$REHEARSAL"
make_target "$REHEARSAL"
doing 'dump the database'
dump
dumped=$(seconds)
doing "restore the dump on $TARGET_NAME"
restore_into "$REHEARSAL"
ended=$(seconds)
doing 'drop the scratch database'
bytes=$(target_psql "$REHEARSAL" -c 'SELECT pg_database_size(current_database())')
drop_target "$REHEARSAL"
drop_dump
took=$((ended - begun))
if [ $((took * 3)) -gt $((SECONDS_ALLOWED * 2)) ]; then
  fail "copying the database took $took s in the rehearsal, and the app would be without it for up to half as long again; $SECONDS_ALLOWED s are allowed: raise spec.transition.dataMigration.maxWriteDowntimeSeconds to $((took * 3 / 2 + 1)) or more"
fi
answer "{\"dumpSeconds\":$((dumped - begun)),\"restoreSeconds\":$((ended - dumped)),\"seconds\":$took,\"bytes\":$bytes}"
