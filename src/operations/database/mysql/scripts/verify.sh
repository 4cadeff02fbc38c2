# shellcheck shell=sh
# shellcheck disable=SC2034 # The other scripts use what is set here.
# Compares the rows of both sides while the app works on: a snapshot of the server at a place in its log, and RDS, which has applied the
# log until exactly there and waits. Run again it begins anew. It must leave nothing but the last changes to the freeze.

# The server is read in one transaction; the first line says that it has begun.
read_source() {
  { echo "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY; SELECT 'begun';" && cat "$FOLDER/contents.sql"; } |
    client on_local --unbuffered --database="$DATABASE" >"$FOLDER/source.lines"
}

# It stops there by itself, in between two transactions.
apply_until() {
  call_rds "start_replication_until('$LOG_FILE', $LOG_POSITION)"
  SINCE=$(seconds) BEFORE=
  until look_at_replica && [ "$APPLIES" = No ]; do
    now=$(seconds)
    if [ "$AT_FILE $AT" != "$BEFORE" ]; then BEFORE="$AT_FILE $AT" SINCE=$now; fi
    if [ $((now - SINCE)) -gt "$PATIENCE" ]; then fail "the replication to RDS has not got on for $PATIENCE s, at $AT_FILE $AT${READ_ERROR:+: $READ_ERROR}"; fi
    sleep 0.2
  done
  refuse_broken_replica
  if [ "$AT_FILE $AT" != "$LOG_FILE $LOG_POSITION" ]; then fail "RDS has applied the log until $AT_FILE $AT and not until $LOG_FILE $LOG_POSITION; try again"; fi
}

reach_local
alone
reach_rds
learn_procedures
doing 'compare the rows'
refuse_changed_schema
rm -f "$KEPT_SCHEMA"
stop_replica
if [ -z "$READS" ]; then refuse_broken_replica; fi
ROWS_LIMIT=9223372036854775807
contents >"$FOLDER/contents.sql"
: >"$FOLDER/source.lines"
hold_writes
read_source 6>&- &
reader=$!
await_snapshot test -s "$FOLDER/source.lines"
let_write
doing "apply the log on RDS until $LOG_FILE $LOG_POSITION"
apply_until
doing 'compare the rows'
client on_rds --database="$DATABASE" <"$FOLDER/contents.sql" >"$FOLDER/target.lines"
wait "$reader"
sed 1d "$FOLDER/source.lines" | LC_ALL=C sort >"$FOLDER/source"
LC_ALL=C sort "$FOLDER/target.lines" >"$FOLDER/target"
if ! cmp -s "$FOLDER/source" "$FOLDER/target"; then fail "VerificationMismatch: $(differences)"; fi
doing 'wait until RDS keeps up'
stop_replica
call_rds 'start_replication'
await_near
refuse_changed_schema
mkdir -p "${KEPT_SCHEMA%/*}"
printf '%s' "$SCHEMA" >"$KEPT_SCHEMA"
answer "{$(awk -F '\t' '$1 == "rows" { rows += $3; tables += 1 } END { printf "\"tables\":%d,\"rows\":%.0f", tables, rows }' "$FOLDER/source"),\"log\":\"$LOG_FILE $LOG_POSITION\",\"completed\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ) $(printf '%.12s' "$OPERATION")\"}"
