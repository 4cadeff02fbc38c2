# shellcheck shell=sh
# shellcheck disable=SC2329 # What is called by a name of another script.
# Takes the replication back: nothing of it stays on the server, and the copy on RDS goes. It must not touch RDS unless the pointer
# names the server: where there is no pointer, RDS may be what has served.

# Whether a step of it fails is the caller's to say.
clean_copy() (
  fail() { exit 1; }
  secret "$SECRET_ARN" && forget_replication && drop_target "$DATABASE" && note_target "$DATABASE" null && drop_accounts
)

doing 'read where the database is'
if ! ask_for_pointer; then
  # Without a pointer the tier is on its way out. Any other refusal is no answer.
  grep -q ParameterNotFound "$FOLDER/aws"
  doing 'end the replication on the server'
  # Where the move was over, its MySQL is stopped, or closed.
  if source_mysql -e 'SELECT 1' >/dev/null; then
    alone
    drop_replicator || progress 'something of the replication stays on the server'
  fi
  answer '{"kept":true}'
fi
if [ "$SERVING" != localhost ]; then answer '{"kept":true}'; fi
reach_local
alone
doing 'end the replication on the server'
drop_dump
drop_replicator
doing 'end the replication on RDS'
# Without the server it does not get on, and another attempt begins with this again.
if clean_copy; then answer '{"stopped":true}'; fi
answer '{"stopped":true,"copy":"stays on RDS"}'
