# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# Copies the closed database, with everything that it is: roles, owners, rights, settings. Run again it begins anew. It must
# not copy what is written meanwhile, and must not touch a copy that serves: the pointer has to say that the source does.

undo() {
  drop_dump
  rm -f "$FOLDER/roles.sql"
}

refuse_unless_it_serves
reach_source
doing 'look whether the database is frozen'
alone
refuse_unless_frozen
reach_target
begun=$(seconds)
doing "make the roles on $TARGET_NAME"
refuse_foreign_roles
make_roles
describe_roles
refuse_unless_it_serves
doing "make the database on $TARGET_NAME"
drop_target "$REHEARSAL"
clear_place
make_target "$DATABASE"
doing 'dump the database'
dump
doing "restore the dump on $TARGET_NAME"
restore_into "$DATABASE"
describe_database
copy_settings
doing 'end the copy'
refuse_unless_frozen
open_roles
drop_dump
bytes=$(source_psql "$DATABASE" -c 'SELECT pg_database_size(current_database())')
answer "{\"seconds\":$(($(seconds) - begun)),\"bytes\":$bytes,\"completed\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ) $(printf '%.12s' "$OPERATION")\"}"
