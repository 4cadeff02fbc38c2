# shellcheck shell=sh
# Whether the target is set as the source is, where an app would notice. It must change nothing.

WHERE_TO_SET='set spec.database.rds.parameters, or the server'

# One line for each setting, its name and its value.
settings_of() {
  "$1" <<SQL
SELECT 'sql_mode', @@GLOBAL.sql_mode UNION ALL
SELECT 'character_set_server', @@GLOBAL.character_set_server UNION ALL
SELECT 'collation_server', @@GLOBAL.collation_server UNION ALL
SELECT 'lower_case_table_names', @@lower_case_table_names UNION ALL
SELECT 'transaction_isolation', @@GLOBAL.transaction_isolation UNION ALL
SELECT 'explicit_defaults_for_timestamp', @@GLOBAL.explicit_defaults_for_timestamp UNION ALL
SELECT 'time_zone', REGEXP_REPLACE(IF(@@GLOBAL.time_zone = 'SYSTEM', @@system_time_zone, @@GLOBAL.time_zone), '^(Etc/UTC|GMT|[+-]00:00)\$', 'UTC');
SQL
}

# What is missing for us, who make functions and triggers without being administrators on RDS, and for those who run events.
problems_of_target() {
  made=$(source_mysql -e "SELECT COUNT(*) FROM (SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '$DATABASE' AND ROUTINE_TYPE = 'FUNCTION'
    UNION ALL SELECT 1 FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '$DATABASE') made")
  events=$(source_mysql -e "SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '$DATABASE' AND STATUS = 'ENABLED'")
  packet=$(source_mysql -e 'SELECT @@GLOBAL.max_allowed_packet')
  target_mysql <<SQL
SELECT 'log_bin_trust_function_creators (has to be 1, because the database has functions or triggers)' FROM DUAL
  WHERE $made > 0 AND @@log_bin = 1 AND @@GLOBAL.log_bin_trust_function_creators = 0
    AND NOT EXISTS (SELECT 1 FROM mysql.user u WHERE $OURSELVES AND $ADMINISTRATOR) UNION ALL
SELECT 'event_scheduler (has to be ON, because the database has events)' FROM DUAL WHERE $events > 0 AND @@GLOBAL.event_scheduler <> 'ON' UNION ALL
SELECT CONCAT('max_allowed_packet ($packet on $SOURCE_NAME, ', @@GLOBAL.max_allowed_packet, ' on $TARGET_NAME)') FROM DUAL WHERE @@GLOBAL.max_allowed_packet < $packet;
SQL
}

refuse_other_settings() {
  settings_of source_mysql >"$FOLDER/settings.source"
  settings_of target_mysql >"$FOLDER/settings.target"
  {
    awk -F '\t' -v from="$SOURCE_NAME" -v to="$TARGET_NAME" 'FNR == NR { here[$1] = $2; next } here[$1] != $2 { printf "%s (%s on %s, %s on %s)\n", $1, here[$1], from, $2, to }' \
      "$FOLDER/settings.source" "$FOLDER/settings.target"
    problems_of_target
  } >"$FOLDER/settings"
  if [ -s "$FOLDER/settings" ]; then
    fail "$TARGET_NAME is not set as $SOURCE_NAME is, and the app would notice; $WHERE_TO_SET: $(awk '{ printf "%s%s", (NR > 1 ? "; " : ""), $0 }' "$FOLDER/settings" | cut -c 1-2000)"
  fi
}
