# shellcheck shell=sh
# Takes the replication back: nothing of it stays on the server, first of all no slot, and the copy on RDS goes. It must not
# touch a copy that serves: once the pointer names another host all of this has gone already, but for the copy.

doing 'read where the database is'
if ask_for_pointer; then
  if [ "$SERVING" != localhost ]; then answer '{"kept":true}'; fi
else
  # Without a pointer the tier is on its way out. Any other refusal is no answer.
  grep -q ParameterNotFound "$FOLDER/aws"
fi
reach_local
alone
doing 'end the replication on the server'
drop_publisher
secret "$SECRET_ARN"
doing 'end the replication on RDS'
end_own_sessions
drop_subscription
if [ "$(target_psql postgres -c "SELECT shobj_description(oid, 'pg_database') LIKE '%$MARK%' FROM pg_database WHERE datname = '$DATABASE'")" = t ]; then
  target_psql postgres -c "DROP DATABASE \"$DATABASE\" WITH (FORCE)"
fi
answer '{"stopped":true}'
