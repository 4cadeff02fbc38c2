# shellcheck shell=sh
# Copies the whole database into a scratch database of the target while the app works on, to see that it can be copied and
# how long that takes. It must not touch the database that the app will use, and leaves nothing behind but roles that cannot log in.

undo() {
  drop_dump
  [ -z "${SECRET_PASSWORD:-}" ] || target_psql postgres -c "DROP DATABASE IF EXISTS \"$REHEARSAL\" WITH (FORCE)" || :
}

# Reads both sides as a comparison does, for the sake of the time that it takes. What the app drops meanwhile cannot be read on its
# side; then the other side's time has to do.
read_as_compared() {
  {
    begin_reading
    echo 'CREATE TEMP VIEW chosen AS SELECT NULL::text[] AS names;'
    contents
    echo 'ROLLBACK;'
  } >"$FOLDER/contents.sql"
  read_both "$REHEARSAL" "$FOLDER/contents.sql"
  rm -f "$FOLDER/source.lines" "$FOLDER/target.lines"
}

reach_source
alone
reach_target
doing "make the roles on $TARGET_NAME"
refuse_missing_extensions
refuse_foreign_roles
refuse_kept "$DATABASE"
begun=$(seconds)
make_roles
drop_target "$REHEARSAL"
make_target "$REHEARSAL"
doing 'dump the database'
dump
dumped=$(seconds)
doing "restore the dump on $TARGET_NAME"
restore_into "$REHEARSAL"
restored=$(seconds)
doing 'read both sides as a comparison does'
read_as_compared
ended=$(seconds)
doing 'drop the scratch database'
bytes=$(target_psql "$REHEARSAL" -c 'SELECT pg_database_size(current_database())')
drop_target "$REHEARSAL"
drop_dump
foretell $((restored - begun)) $((ended - restored))
answer "{\"dumpSeconds\":$((dumped - begun)),\"restoreSeconds\":$((restored - dumped)),$FORETOLD,\"bytes\":$bytes}"
