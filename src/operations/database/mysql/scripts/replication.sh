# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# What the steps of a move by replication share: how RDS is told to read along with the server's binary log, and how far it is. The
# master user may not do that itself; procedures of RDS's do, and have other names from 8.4 on ("Configuring, starting, and stopping
# binary log replication", docs.aws.amazon.com/AmazonRDS/latest/UserGuide). It must not read what the log holds.

# What the schema was when both sides were compared; nothing before that, and nothing once the replication has ended.
KEPT_SCHEMA=$STATE/replication/$DATABASE.schema
# Seconds after which something that does not get on is given up.
PATIENCE=${PATIENCE:-600}
# Bytes of the log that RDS may be behind and still keep up.
NEAR_BYTES=${NEAR_BYTES:-16777216}
NOT_COMPARED='the rows were not compared before the freeze, or another server has come since'

# Sets SOURCE_WORD, to the word that the procedures have in their names.
learn_procedures() {
  found=$(target_mysql -e "SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'mysql' AND ROUTINE_NAME = 'rds_set_external_source'")
  if [ "$found" = 1 ]; then SOURCE_WORD=source; else SOURCE_WORD=master; fi
}

# call_rds <procedure and arguments>; no argument may be a secret.
call_rds() { target_mysql -e "CALL mysql.rds_$1" >/dev/null; }

# Errors without the statements, values and hashes of passwords that they quote.
without_data() { sed -E -e "s/[.,;]? *Query: '.*//" -e "s/(Duplicate entry|near|value:?) '[^']*'/\1 '...'/g" -e 's/0x[0-9A-Fa-f]{8,}/.../g' | cut -c 1-600; }

# How many tables are replicated.
count_tables() { source_mysql -e "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$DATABASE' AND TABLE_TYPE = 'BASE TABLE'"; }

field() { sed -n "s/^ *$1: //p" "$FOLDER/replica" | head -n 1; }

# Sets READS and APPLIES (Yes, Connecting or No; nothing where there is no replication), AT_FILE and AT, how far RDS has applied the
# log, and READ_ERROR and APPLY_ERROR, in words. What a worker met says more than what is said of it.
look_at_replica() {
  target_mysql --vertical --column-names -e "SHOW REPLICA STATUS" >"$FOLDER/replica" || return 1
  READS=$(field Replica_IO_Running) APPLIES=$(field Replica_SQL_Running)
  AT_FILE=$(field Relay_Source_Log_File) AT=$(field Exec_Source_Log_Pos)
  READ_ERROR=$(field Last_IO_Error | without_data) APPLY_ERROR=$(field Last_SQL_Error)
  if [ -n "$APPLY_ERROR" ]; then
    worker=$(target_mysql -e 'SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_worker WHERE LAST_ERROR_NUMBER <> 0 LIMIT 1') || return 1
    APPLY_ERROR=$(printf '%s' "${worker:-$APPLY_ERROR}" | head -n 1 | without_data)
  fi
}

# What will not get on by itself.
refuse_broken_replica() {
  if [ -z "$READS" ]; then fail 'RDS does not replicate the server any more: somebody has ended that'; fi
  if [ -n "$APPLY_ERROR" ]; then fail "RDS could not do what was done on the server, and replicates no more: $APPLY_ERROR"; fi
  if [ "$READS" = No ]; then fail "RDS reads the server's binary log no more: ${READ_ERROR:-somebody has stopped it}"; fi
}

# Bytes of the server's log that RDS has yet to apply.
behind() {
  source_mysql -e 'SHOW BINARY LOGS' >"$FOLDER/logs" || return 1
  awk -F '\t' -v file="$AT_FILE" -v at="$AT" '$1 == file { bytes = $2 - at; found = 1; next } found { bytes += $2 } END { if (found) printf "%.0f", bytes; else print "gone" }' "$FOLDER/logs"
}

# Asks both sides: fails where one does not answer, as RDS while it fails over, and ends it when that takes too long. More that is
# applied is progress. Sets BEHIND.
watch_replica() {
  now=$(seconds)
  : "${SINCE:=$now}"
  if ! { look_at_replica && BEHIND=$(behind); }; then
    if [ $((now - SINCE)) -gt "$PATIENCE" ]; then fail "the server and RDS could not both be asked for $PATIENCE s: $(said)"; fi
    return 1
  fi
  refuse_broken_replica
  if [ "$APPLIES" = No ]; then fail 'RDS applies no more: somebody has stopped it'; fi
  if [ "$BEHIND" = gone ]; then fail "the server has thrown away the log that RDS is at, $AT_FILE: binlog_expire_logs_seconds is too small for the copy, or somebody has purged it"; fi
  if [ "$AT_FILE $AT" != "${BEFORE:-}" ]; then BEFORE="$AT_FILE $AT" SINCE=$now; fi
  if [ $((now - SINCE)) -gt "$PATIENCE" ]; then
    fail "the replication to RDS has not got on for $PATIENCE s, $BEHIND bytes behind, at $AT_FILE $AT${READ_ERROR:+: $READ_ERROR}"
  fi
  if [ $((now - ${TOLD:-0})) -ge 10 ]; then
    progress "RDS is $BEHIND bytes behind the server, at $AT_FILE $AT since $((now - SINCE)) s"
    TOLD=$now
  fi
}

await_near() {
  SINCE=$(seconds)
  until watch_replica && [ "$READS" = Yes ] && [ "$BEHIND" -lt "$NEAR_BYTES" ]; do sleep 1; done
}

# Whether RDS has applied all before a place in the log: has_applied <file> <position>. Files are numbered.
has_applied() {
  here=$(echo "${AT_FILE##*.}" | sed 's/^0*//') wanted=$(echo "${1##*.}" | sed 's/^0*//')
  [ "${here:-0}" -gt "${wanted:-0}" ] || { [ "$AT_FILE" = "$1" ] && [ "$AT" -ge "$2" ]; }
}

# Stops what runs, whether or not it was stopped already.
stop_replica() {
  look_at_replica
  if [ -n "$READS" ]; then call_rds 'stop_replication'; fi
}
