# shellcheck shell=sh
# Copies the whole database into a scratch database on RDS while the app works on, to see that it can be copied and how long
# that takes. It must not touch the database that the app will use, and leaves nothing behind but roles that cannot log in.

undo() {
  drop_dump
  [ -z "${SECRET_PASSWORD:-}" ] || target_psql postgres -c "DROP DATABASE IF EXISTS \"$REHEARSAL\" WITH (FORCE)" || :
}

refuse_missing_extensions() {
  names=$(ask_source -c "SELECT string_agg(quote_literal(extname), ', ') FROM pg_extension")
  missing=$(target_psql postgres -c "SELECT string_agg(name, ', ') FROM unnest(ARRAY[$names]) name WHERE name NOT IN (SELECT name FROM pg_available_extensions)")
  if [ -n "$missing" ]; then
    fail "PostgreSQL $TARGET_VERSION on RDS does not offer these extensions: $missing; drop them, or choose another spec.database.rds.engineVersion"
  fi
}

reach_local
alone
reach_target
doing 'make the roles on RDS'
refuse_missing_extensions
refuse_foreign_roles
make_roles
begun=$(seconds)
drop_target "$REHEARSAL"
make_target "$REHEARSAL"
doing 'dump the database'
dump
dumped=$(seconds)
doing 'restore the dump on RDS'
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
