# shellcheck shell=sh
# How a replication goes again, on both sides. It must leave nothing on the server that would keep WAL for a reader that is gone,
# and must not touch what is not its own. It is also run where an error does not end the script, and says itself that it failed.

# Rewrites the rules by which the server lets clients in, keeping owner and mode; what was not written whole is not taken.
rewrite_rules() {
  rules=$(local_psql postgres -c 'SHOW hba_file') && rules=$(realpath "$rules") || return 1
  cp -p "$rules" "$rules.scalingtier" && "$@" <"$rules" >"$rules.scalingtier" && sync "$rules.scalingtier" || return 1
  if ! cmp -s "$rules" "$rules.scalingtier"; then mv -f "$rules.scalingtier" "$rules" || return 1; fi
  rm -f "$rules.scalingtier"
  local_psql postgres -c 'SELECT pg_reload_conf()' >/dev/null
}

without_own_rules() { sed '/^# scalingtier: begin/,/^# scalingtier: end/d'; }

# The slots of our own, and those that a cut-off copy of one table may have left: no other replication was here at the start.
SLOTS="pg_replication_slots WHERE database = '$DATABASE'
  AND (slot_name IN ('$REPLICATION', '$CHANGES') OR (slot_name ~ '^pg_[0-9]+_sync_[0-9]+_' AND NOT active))"

drop_slots() {
  deadline=$(($(seconds) + 60))
  until [ "$(local_psql postgres -c "SELECT count(*) FROM $SLOTS")" = 0 ]; do
    if [ "$(seconds)" -gt "$deadline" ]; then return 1; fi
    local_psql postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '$REPLICATOR'" >/dev/null
    # One whose reader is just ending is still in use, and is tried again.
    local_psql postgres -c "SELECT pg_drop_replication_slot(slot_name) FROM $SLOTS AND NOT active" >/dev/null || sleep 0.2
  done
}

# How each table said before which row is meant. It stands in the catalog, beside the role that it was changed for.
put_back_identities() {
  local_psql "$DATABASE" >"$FOLDER/identities.sql" <<SQL || return 1
SELECT format('ALTER TABLE %s REPLICA IDENTITY %s;', c.oid::regclass, CASE split_part(was, '=', 2) WHEN 'n' THEN 'NOTHING' ELSE 'DEFAULT' END)
  FROM pg_roles r, unnest(string_to_array(shobj_description(r.oid, 'pg_authid'), ' ')) was JOIN pg_class c ON c.oid::text = split_part(was, '=', 1)
  WHERE rolname = '$REPLICATOR' AND relreplident <> split_part(was, '=', 2)::"char";
SQL
  patiently "$FOLDER/identities.sql"
}

# Runs statements that lock a table for a moment, one by one. They wait briefly and often: whoever comes after a waiting one waits too.
patiently() {
  while read -r statement; do
    deadline=$(($(seconds) + PATIENCE))
    until local_psql "$DATABASE" -c "SET lock_timeout TO '1s'" -c "$statement" 2>"$FOLDER/locked"; do
      cat "$FOLDER/locked" >&2
      grep -q 'lock timeout' "$FOLDER/locked" || return 1
      if [ "$(seconds)" -gt "$deadline" ]; then return 1; fi
      sleep 1
    done
  done <"$1"
}

# Takes all that replication needs off the server, first what could fill its disk. Updates of a table without an identity would
# fail while it is published.
drop_publisher() {
  role=$(local_psql postgres -c "SELECT count(*) FROM pg_roles WHERE rolname = '$REPLICATOR'") || return 1
  if [ "$role" = 1 ]; then local_psql postgres -c "ALTER ROLE $REPLICATOR NOLOGIN" || return 1; fi
  drop_slots && rewrite_rules without_own_rules || return 1
  local_psql "$DATABASE" -c "DROP PUBLICATION IF EXISTS $REPLICATION" || return 1
  if [ "$role" = 1 ]; then
    put_back_identities || return 1
    local_psql "$DATABASE" -c "DROP OWNED BY $REPLICATOR" -c "DROP ROLE $REPLICATOR" || return 1
  fi
  rm -f "$COMPARED" "$COMPARER" "$KEPT_SCHEMA"
}

# What a client that was killed has asked for may still be under way on either side, and would come after what is done now.
end_own_sessions() {
  ended="SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '$DATABASE' AND application_name = '$PGAPPNAME' AND backend_type = 'client backend'"
  local_psql postgres -c "$ended" >/dev/null
  target_psql postgres -c "$ended" >/dev/null
}

# The slot is dropped on the server, where nobody has to be reached for it.
drop_subscription() {
  found=$(target_psql postgres -c "SELECT count(*) FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE subname = '$REPLICATION' AND datname = '$DATABASE'") || return 1
  if [ "$found" = 0 ]; then return; fi
  target_psql "$DATABASE" -c "ALTER SUBSCRIPTION $REPLICATION DISABLE" -c "ALTER SUBSCRIPTION $REPLICATION SET (slot_name = NONE)" -c "DROP SUBSCRIPTION $REPLICATION"
}
