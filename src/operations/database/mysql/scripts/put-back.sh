# shellcheck shell=sh
# Drops what a way back has copied to the server, when it is taken back, and gives what the move up had left its place again, closed as
# it was. It must not touch a database that serves.

keep_unless_rds_serves
reach_server
alone
doing 'put the old database of the server back'
take_writes
for copy in "$REHEARSAL" "$DATABASE"; do
  if ! is_copy "$copy"; then continue; fi
  if [ "$copy" = "$REHEARSAL" ] || holds_copy; then drop_target "$copy"; fi
  note_target "$copy" null
done
drop_accounts
take_accounts_back
if [ "$(aside)" = 1 ]; then take_database_back; fi
refuse_writes
answer '{"putBack":true}'
