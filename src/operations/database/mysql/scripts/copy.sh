# shellcheck shell=sh
# Copies the closed database, whichever way it goes, with everything that it is: accounts with their passwords and rights, schema, rows, routines,
# triggers, events. Run again it begins anew. It must not copy what is written meanwhile, and must not touch a copy that serves: the
# pointer has to say that the source does.

undo() { drop_dump; }

refuse_unless_it_serves
reach_source
doing 'look whether the database is frozen'
alone
refuse_unless_frozen
reach_target
begun=$(seconds)
doing "make the accounts on $TARGET_NAME"
refuse_foreign_accounts
refuse_unless_it_serves
enter_target
drop_target "$REHEARSAL"
clear_place
drop_accounts
make_accounts
doing "make the database on $TARGET_NAME"
make_target "$DATABASE"
# A view is worked out when it is made, by the rights of who defined it. Those on tables that are not there yet come later.
give_rights --force || :
doing 'dump the database'
dump
doing "restore the dump on $TARGET_NAME"
restore_into "$DATABASE"
make_events "$DATABASE"
give_rights
doing 'end the copy'
refuse_unless_frozen
open_accounts
drop_dump
answer "{\"seconds\":$(($(seconds) - begun)),\"bytes\":$(target_bytes "$DATABASE"),\"completed\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ) $(printf '%.12s' "$OPERATION")\"}"
