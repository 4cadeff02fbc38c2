# shellcheck shell=sh
# Copies the frozen database to RDS, with everything that it is: roles and their passwords, owners, rights, settings. Run
# again it begins anew. It must not copy what is written meanwhile, and must not touch a copy that serves: the pointer has
# to say that the server does.

undo() {
  drop_dump
  rm -f "$FOLDER/roles.sql"
}

refuse_unless_it_serves
reach_local
doing 'look whether the database is frozen'
alone
refuse_unless_frozen
reach_target
begun=$(seconds)
doing 'make the roles on RDS'
refuse_foreign_roles
make_roles
describe_roles
refuse_unless_it_serves
doing 'make the database on RDS'
drop_target "$REHEARSAL"
drop_target "$DATABASE"
make_target "$DATABASE"
doing 'dump the database'
dump
doing 'restore the dump on RDS'
restore_into "$DATABASE"
describe_database
copy_settings
doing 'end the copy'
refuse_unless_frozen
open_roles
drop_dump
bytes=$(local_psql "$DATABASE" -c 'SELECT pg_database_size(current_database())')
answer "{\"seconds\":$(($(seconds) - begun)),\"bytes\":$bytes,\"completed\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ) $(printf '%.12s' "$OPERATION")\"}"
