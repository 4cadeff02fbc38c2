# shellcheck shell=sh
# What people are told of the database that is to move: counts and names, in JSON. It must change nothing.

facts() {
  source_mysql <<SQL
SELECT JSON_OBJECT(
  'bytes', CAST(COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) AS UNSIGNED),
  'tables', COUNT(*),
  'rows', CAST(COALESCE(SUM(TABLE_ROWS), 0) AS UNSIGNED),
  'accounts', (SELECT COUNT(*) FROM mysql.user u WHERE $MOVED),
  'routines', (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '$DATABASE'),
  'triggers', (SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '$DATABASE'),
  'events', (SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '$DATABASE'),
  'version', '$SOURCE_VERSION',
  'freeBytes', $FREE)
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$DATABASE' AND TABLE_TYPE = 'BASE TABLE';
SQL
}
