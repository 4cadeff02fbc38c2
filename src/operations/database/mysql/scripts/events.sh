# shellcheck shell=sh
# shellcheck disable=SC2016 # Backquotes are MySQL's.
# Events of a copy: they are made so that they do not run, and begin to run when both sides were found equal, or when the copy opens:
# from then on those of the other side cannot. It must not let one run on both.

# How one is made.
MADE="'DISABLE'"

# The definer of `information_schema.EVENTS`: administrators become the master user.
DEFINER="(SELECT COALESCE((SELECT CONCAT(QUOTE(u.User), '@', QUOTE(u.Host)) FROM mysql.user u WHERE CONCAT(u.User, '@', u.Host) = e.DEFINER AND $MOVED), 'CURRENT_USER'))"
# An event remembers the settings with which it was made.
SETTINGS="CONCAT('SET SESSION sql_mode = ', QUOTE(SQL_MODE), ', time_zone = ', QUOTE(TIME_ZONE), ', collation_connection = ', COLLATION_CONNECTION, ';\n')"
EVENT="CONCAT('\`', REPLACE(EVENT_NAME, '\`', '\`\`'), '\`')"

make_events() {
  source_mysql >"$FOLDER/events.sql" <<SQL
SELECT CONCAT($SETTINGS, 'DELIMITER \$scalingtier\$\nCREATE DEFINER = ', $DEFINER, ' EVENT ', $EVENT, ' ON SCHEDULE ',
    IF(EVENT_TYPE = 'ONE TIME', CONCAT('AT ', QUOTE(EXECUTE_AT)),
      CONCAT('EVERY ', QUOTE(INTERVAL_VALUE), ' ', INTERVAL_FIELD, ' STARTS ', QUOTE(STARTS), IF(ENDS IS NULL, '', CONCAT(' ENDS ', QUOTE(ENDS))))),
    ' ON COMPLETION ', ON_COMPLETION, ' ', $MADE, ' COMMENT ', QUOTE(EVENT_COMMENT), ' DO ', EVENT_DEFINITION, '\n\$scalingtier\$\nDELIMITER ;')
  FROM information_schema.EVENTS e WHERE EVENT_SCHEMA = '$DATABASE' ORDER BY EVENT_NAME;
SQL
  target_mysql --database="$1" <"$FOLDER/events.sql"
}

enable_events() {
  doing 'let the events run'
  source_mysql >"$FOLDER/events.sql" <<SQL
SELECT CONCAT($SETTINGS, 'ALTER DEFINER = ', $DEFINER, ' EVENT ', $EVENT, ' ENABLE;')
  FROM information_schema.EVENTS e WHERE EVENT_SCHEMA = '$DATABASE' AND STATUS = 'ENABLED' ORDER BY EVENT_NAME;
SQL
  target_mysql --database="$DATABASE" <"$FOLDER/events.sql"
}

# Changes events where they are, and leaves them whose they are: alter_events <client> <condition> <what becomes of them>
alter_events() {
  "$1" >"$FOLDER/events.sql" <<SQL
SELECT CONCAT($SETTINGS, 'ALTER DEFINER = ', (SELECT $ACCOUNT FROM mysql.user u WHERE CONCAT(u.User, '@', u.Host) = e.DEFINER), ' EVENT ', $EVENT, ' $3;')
  FROM information_schema.EVENTS e WHERE EVENT_SCHEMA = '$DATABASE' AND $2 ORDER BY EVENT_NAME;
SQL
  "$1" --database="$DATABASE" <"$FOLDER/events.sql"
}
