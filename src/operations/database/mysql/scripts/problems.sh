# shellcheck shell=sh
# What keeps a database from moving, whichever way it goes: each with its name, in words, and with the way out. It must change nothing.

METHOD=${METHOD:-DumpRestore}
IS_ROLE="(u.account_locked = 'Y' AND u.password_expired = 'Y' AND u.authentication_string = '')"

# What has a definer, of this database.
DEFINED="SELECT DEFINER AS who, CONCAT('view ', TABLE_NAME) AS what FROM information_schema.VIEWS WHERE TABLE_SCHEMA = '$DATABASE'
  UNION ALL SELECT DEFINER, CONCAT(LOWER(ROUTINE_TYPE), ' ', ROUTINE_NAME) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '$DATABASE'
  UNION ALL SELECT DEFINER, CONCAT('trigger ', TRIGGER_NAME) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '$DATABASE'
  UNION ALL SELECT DEFINER, CONCAT('event ', EVENT_NAME) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '$DATABASE'"

# One sentence for each thing that is wrong, and the way out.
problems() {
  source_mysql <<SQL
WITH own AS (
  SELECT * FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$DATABASE'
), wrong(place, name, words) AS (
  SELECT 10, CONCAT(TABLE_NAME, ' (', ENGINE, ')'), 'tables of another engine than InnoDB, which can neither be copied while they are written nor be kept safe; ALTER TABLE ... ENGINE = InnoDB'
    FROM own WHERE TABLE_TYPE = 'BASE TABLE' AND ENGINE <> 'InnoDB'
  UNION ALL
  SELECT 11, CONCAT(TABLE_NAME, '.', COLUMN_NAME), 'columns of type FLOAT, of which a dump keeps six digits only; ALTER TABLE ... MODIFY ... DOUBLE'
    FROM information_schema.COLUMNS JOIN own USING (TABLE_SCHEMA, TABLE_NAME) WHERE DATA_TYPE = 'float' AND TABLE_TYPE = 'BASE TABLE' AND '$METHOD' <> 'External'
  UNION ALL
  SELECT 14, CONCAT(TABLE_NAME, ' (', UNIQUE_CONSTRAINT_SCHEMA, '.', REFERENCED_TABLE_NAME, ')'), 'foreign keys into other databases, which do not move; drop them'
    FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = '$DATABASE' AND UNIQUE_CONSTRAINT_SCHEMA <> '$DATABASE'
  UNION ALL
  SELECT 20, what, CONCAT('views, routines, triggers or events of a definer that does not exist (', who, '), and who could not run; CREATE USER it, or create them again')
    FROM ($DEFINED) defined WHERE who NOT IN (SELECT CONCAT(u.User, '@', u.Host) FROM mysql.user u)
  UNION ALL
  SELECT 40, CHANNEL_NAME, 'the server is a replica of another one, whose writes would go on; STOP REPLICA and RESET REPLICA ALL'
    FROM performance_schema.replication_connection_configuration
  UNION ALL
  SELECT 62, $ACCOUNT, 'accounts with a role that is an administrator\'s; REVOKE it'
    FROM mysql.role_edges r JOIN mysql.user u ON u.User = r.TO_USER AND u.Host = r.TO_HOST
    WHERE $MOVED AND (r.FROM_USER, r.FROM_HOST) IN (SELECT u.User, u.Host FROM mysql.user u WHERE $ADMINISTRATOR OR $SYSTEM)
  UNION ALL
  SELECT 63, CONCAT($ACCOUNT, ' (', u.plugin, ')'), 'accounts that log in by what $TARGET_NAME does not have; ALTER USER ... IDENTIFIED WITH caching_sha2_password BY ...'
    FROM mysql.user u WHERE $MOVED AND u.plugin NOT IN ('caching_sha2_password', 'mysql_native_password')
  UNION ALL
  SELECT 64, $ACCOUNT, 'accounts that log in as another one (GRANT PROXY); REVOKE it'
    FROM mysql.user u JOIN mysql.proxies_priv p ON p.User = u.User AND p.Host = u.Host WHERE $MOVED
  UNION ALL
  SELECT 65, $ACCOUNT, 'accounts with rights on a database of MySQL\'s own; REVOKE them'
    FROM mysql.user u JOIN mysql.db d ON d.User = u.User AND d.Host = u.Host WHERE $MOVED AND d.Db IN ('mysql', 'sys')
  UNION ALL
  SELECT 67, 'CREATE USER', 'there is no account that the app could have on $TARGET_NAME' FROM DUAL
    WHERE NOT EXISTS (SELECT 1 FROM mysql.user u WHERE $MOVED AND NOT $IS_ROLE AND account_locked = 'N')
  UNION ALL
$(further_problems)
)
SELECT CONCAT(words, ': ', SUBSTRING_INDEX(GROUP_CONCAT(DISTINCT name ORDER BY name SEPARATOR ', '), ', ', 10),
    IF(COUNT(DISTINCT name) > 10, CONCAT(' and ', COUNT(DISTINCT name) - 10, ' more'), ''))
  FROM wrong GROUP BY place, words ORDER BY place, words;
SQL
}

# Ends with all that is wrong at once: refuse_problems <what cannot be>
refuse_problems() {
  if [ -s "$WRONG" ]; then
    fail "$1: $(awk '{ printf "%s(%d) %s", (NR > 1 ? "; " : ""), NR, $0 }' "$WRONG" | cut -c 1-3000)"
  fi
}
