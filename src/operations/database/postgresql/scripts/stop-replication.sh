# shellcheck shell=sh
# Takes the replication back: nothing of it stays on the server, first of all no slot, and the copy on RDS goes. It must not
# touch RDS unless the pointer names the server: where there is no pointer, RDS may be what has served.

# Whether a step of it fails is the caller's to say.
clean_copy() (
  fail() { exit 1; }
  secret "$SECRET_ARN" && end_own_sessions && drop_subscription || exit 1
  marked=$(target_psql postgres -c "SELECT count(*) FROM pg_database WHERE datname = '$DATABASE' AND shobj_description(oid, 'pg_database') LIKE '%$MARK%'") || exit 1
  if [ "$marked" = 1 ]; then target_psql postgres -c "DROP DATABASE \"$DATABASE\" WITH (FORCE)"; fi
)

doing 'read where the database is'
if ! ask_for_pointer; then
  # Without a pointer the tier is on its way out. Any other refusal is no answer.
  grep -q ParameterNotFound "$FOLDER/aws"
  doing 'end the replication on the server'
  # Where the move was over, its PostgreSQL is stopped.
  if local_psql postgres -c 'SELECT' >/dev/null; then
    alone
    drop_publisher || progress 'something of the replication stays on the server'
  fi
  answer '{"kept":true}'
fi
if [ "$SERVING" != localhost ]; then answer '{"kept":true}'; fi
reach_local
alone
doing 'end the replication on the server'
drop_publisher
doing 'end the replication on RDS'
# Without the server it does not get on, and another attempt begins with this again.
if clean_copy; then answer '{"stopped":true}'; fi
answer '{"stopped":true,"copy":"stays on RDS"}'
