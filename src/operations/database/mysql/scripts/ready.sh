# shellcheck shell=sh
# Whether RDS is ready for the app beside what is compared: a person who has copied may have left it otherwise. It must change nothing.

# The lines of a file, as a list.
listed() { awk '{ printf "%s%s", (NR > 1 ? ", " : ""), $0 }' "$1" | cut -c 1-1000; }

# Whoever replicates would do again what is done on the old server when somebody opens it.
refuse_replica() {
  target_mysql -e 'SHOW REPLICA STATUS' >"$FOLDER/unready"
  if [ -s "$FOLDER/unready" ]; then
    fail "$TARGET_NAME still replicates another server; end that there: CALL mysql.rds_stop_replication, and mysql.rds_reset_external_source (before 8.4 rds_reset_external_master)"
  fi
}

# The freeze's own lock is one on the server alone.
refuse_copied_locks() {
  target_mysql -e "SELECT $ACCOUNT FROM mysql.user u WHERE $MOVED AND $NOTED AND account_locked = 'Y' ORDER BY 1" >"$FOLDER/unready"
  if [ -s "$FOLDER/unready" ]; then
    fail "VerificationMismatch: these accounts log in on $SOURCE_NAME and cannot on $TARGET_NAME, where the lock of the freeze was copied with them; ALTER USER ... ACCOUNT UNLOCK: $(listed "$FOLDER/unready")"
  fi
}

# Of an event it is compared what it is, not whether it runs.
refuse_other_events() {
  running="SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '$DATABASE' AND STATUS = 'ENABLED' ORDER BY 1"
  source_mysql -e "$running" >"$FOLDER/running.source"
  target_mysql -e "$running" >"$FOLDER/running.target"
  if grep -Fxv -f "$FOLDER/running.source" "$FOLDER/running.target" >"$FOLDER/unready"; then
    fail "VerificationMismatch: these events run on $TARGET_NAME and not on $SOURCE_NAME; ALTER EVENT ... DISABLE: $(listed "$FOLDER/unready")"
  fi
}

refuse_unready_target() {
  doing "look whether $TARGET_NAME is ready for the app"
  refuse_replica
  refuse_other_settings
  refuse_copied_locks
  refuse_other_events
}
