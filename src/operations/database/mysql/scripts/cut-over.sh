# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034 # Backquotes are MySQL's; the other scripts use what is set here.
# The time in which nobody can write, of a replicated database, in one run: the database is closed, what was written last is waited
# for, both sides are compared. Whatever can be found out before comes before, and whatever fails opens the database again. It
# must not give the database to anybody: that is the operator's decision.

# Bytes of the log that may be left to the freeze.
LEFT_BYTES=${LEFT_BYTES:-1073741824}

refuse_unless_compared() {
  # There is no such file once the replication has ended, so that a copy that serves is never touched.
  if [ ! -e "$FOLDER/applied" ] && [ ! -e "$KEPT_SCHEMA" ]; then fail "$NOT_COMPARED"; fi
}

# What has become of the replication since it was compared, which may be long ago.
refuse_stale_replication() {
  SCHEMA=$(cat "$KEPT_SCHEMA")
  refuse_changed_schema
  watch_replica
  if [ "$BEHIND" -gt "$LEFT_BYTES" ]; then fail "RDS is $BEHIND bytes behind the server, and so much is not waited for while nobody can write; nothing was changed"; fi
}

# A run that was cut off goes on with what it closed, and with nothing that was put in its place since.
close_once() {
  if [ -e "$FOLDER/closed" ]; then
    read -r POSITION LOG_FILE LOG_POSITION <"$FOLDER/closed"
    refuse_unless_frozen
    return
  fi
  refuse_stale_replication
  close_begun=$(seconds)
  freeze_database
  log_position >"$FOLDER/log"
  read -r LOG_FILE LOG_POSITION <"$FOLDER/log"
  printf '%s %s %s\n' "$POSITION" "$LOG_FILE" "$LOG_POSITION" >"$FOLDER/closed.new"
  sync "$FOLDER/closed.new"
  mv -f "$FOLDER/closed.new" "$FOLDER/closed"
}

# All that was ever acknowledged is on RDS then.
await_applied() {
  if [ -e "$FOLDER/applied" ]; then return; fi
  doing 'wait until RDS has what was written last'
  SINCE=$(seconds) BEFORE=
  until watch_replica && has_applied "$LOG_FILE" "$LOG_POSITION"; do sleep 0.1; done
  : >"$FOLDER/applied"
}

# Where the server goes on counting: numbers that were drawn and never written are in no log.
copy_next_values() {
  next="SELECT CONCAT('ALTER TABLE \`', REPLACE(TABLE_NAME, '\`', '\`\`'), '\` AUTO_INCREMENT = ', AUTO_INCREMENT, ';') FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$DATABASE' AND AUTO_INCREMENT IS NOT NULL"
  source_mysql -e "$next" >"$FOLDER/next.source"
  target_mysql -e "$next" >"$FOLDER/next.target"
  grep -Fxv -f "$FOLDER/next.target" "$FOLDER/next.source" >"$FOLDER/next.sql" || return 0
  target_mysql --database="$DATABASE" <"$FOLDER/next.sql"
}

refuse_unless_it_serves
reach_local
alone
refuse_unless_compared
reach_rds
# A run that goes on with what another has closed counts from here.
close_begun=$(seconds)
close_once
await_applied
doing 'compare the databases'
forget_replication &
forgetting=$!
ROWS_LIMIT=9223372036854775807 CHOSEN=$FROZEN
compare_rows
doing 'end the replication on RDS'
wait "$forgetting"
rm -f "$KEPT_SCHEMA"
copy_next_values
# Nobody may log in as long as something is written from elsewhere.
open_accounts
doing 'compare what the databases are'
compare_objects
if [ "$(log_position)" != "$(printf '%s\t%s' "$LOG_FILE" "$LOG_POSITION")" ]; then fail 'something was written on the closed server'; fi
enable_events
answer "{\"position\":\"$POSITION\",\"log\":\"$LOG_FILE $LOG_POSITION\",\"proven\":\"write\",\"seconds\":$(($(seconds) - close_begun)),\"completed\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ) $(printf '%.12s' "$OPERATION")\",$COUNTED,\"fingerprint\":\"$(fingerprint)\"}"
