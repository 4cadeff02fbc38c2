# shellcheck shell=sh
# Says whether a database can move to RDS, before anything costs time or downtime: all that RDS would refuse, or that the app
# would miss there, is named at once. It must change nothing. What the new server is set to is looked at in the rehearsal, when
# there is one.

# Rights on the whole server that the master user of RDS may give: "Master user account privileges" and "Dynamic privileges for
# RDS for MySQL", docs.aws.amazon.com/AmazonRDS/latest/UserGuide.
REFUSED_RIGHTS="u.File_priv = 'Y' OR u.Shutdown_priv = 'Y' OR u.Create_tablespace_priv = 'Y' OR EXISTS (SELECT 1 FROM mysql.global_grants g
  WHERE g.USER = u.User AND g.HOST = u.Host AND g.PRIV NOT IN ('APPLICATION_PASSWORD_ADMIN', 'FLUSH_OPTIMIZER_COSTS', 'FLUSH_STATUS', 'FLUSH_TABLES',
    'FLUSH_USER_RESOURCES', 'ROLE_ADMIN', 'XA_RECOVER_ADMIN'))"

# From where nobody comes but the server itself.
LOCAL="(u.Host IN ('localhost', '127.0.0.1', '::1'))"

# What keeps a database on the server alone from moving.
further_problems() {
  cat <<SQL
  SELECT 12, TABLE_NAME, 'tables that are encrypted with a key of this server; ALTER TABLE ... ENCRYPTION = \'N\', RDS encrypts all storage'
    FROM own WHERE TABLE_TYPE = 'BASE TABLE' AND CREATE_OPTIONS LIKE '%ENCRYPTION=''Y''%'
  UNION ALL
  SELECT 13, NAME, 'tables in tablespaces or folders of their own; ALTER TABLE ... TABLESPACE innodb_file_per_table'
    FROM information_schema.INNODB_TABLES WHERE NAME LIKE '$(echo "$DATABASE" | sed 's/_/\\\\_/g')/%' AND SPACE_TYPE = 'General'
  UNION ALL
  SELECT 21, name, 'loadable functions, which RDS does not take; DROP FUNCTION' FROM mysql.func
  UNION ALL
  SELECT 30, SCHEMA_NAME, 'other databases on the server, which would stay behind, closed; drop them or move them away'
    FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema', '$DATABASE')
  UNION ALL
  SELECT 41, COALESCE(PROCESSLIST_HOST, ''), 'replicas read along and would miss what comes; end them'
    FROM performance_schema.threads WHERE PROCESSLIST_COMMAND LIKE 'Binlog Dump%' AND NOT ('$METHOD' = 'External' AND PROCESSLIST_USER = '$REPLICATOR')
  UNION ALL
  SELECT 50, CONCAT('lower_case_table_names = ', @@lower_case_table_names), 'names of tables that are the same in other cases, which they are not on RDS; only 0 can move'
    FROM DUAL WHERE @@lower_case_table_names <> 0
  UNION ALL
  SELECT 51, 'read_only', 'the server takes no writes already, by somebody else\'s will: nobody would know what to come back to; SET GLOBAL read_only = OFF'
    FROM DUAL WHERE @@read_only = 1
  UNION ALL
  SELECT 52, VARIABLE_NAME, 'these settings are kept in the data, and a freeze would have to change them; RESET PERSIST'
    FROM performance_schema.persisted_variables WHERE VARIABLE_NAME IN ('read_only', 'super_read_only')
  UNION ALL
  SELECT 60, t.PROCESSLIST_USER, 'administrators are connected to the database; the app must not connect as one, which RDS does not have: give it an account of its own'
    FROM performance_schema.threads t JOIN mysql.user u ON u.User = t.PROCESSLIST_USER
    WHERE t.PROCESSLIST_DB = '$DATABASE' AND t.PROCESSLIST_ID <> CONNECTION_ID() AND t.TYPE = 'FOREGROUND' AND ($ADMINISTRATOR OR $OURSELVES)
  UNION ALL
  SELECT 61, $ACCOUNT, 'accounts with rights on the whole server that RDS does not give (FILE, SHUTDOWN, ...); REVOKE them'
    FROM mysql.user u WHERE $MOVED AND ($REFUSED_RIGHTS)
  UNION ALL
  SELECT 66, $ACCOUNT, 'accounts that may come from the server alone, as which RDS does not see the app; CREATE USER the same name at another host, such as ''%'', with the same password and rights'
    FROM mysql.user u WHERE $MOVED AND $LOCAL AND account_locked = 'N'
      AND u.User NOT IN (SELECT User FROM mysql.user WHERE Host NOT IN ('localhost', '127.0.0.1', '::1'))
SQL
}

reach_source
doing 'inspect the database'
# The statements that accounts are locked by, and what is noted with them.
if [ "$(echo "$SOURCE_VERSION" | awk -F '[.-]' '{ print $1 * 10000 + $2 * 100 + $3 }')" -lt 80021 ]; then
  fail "the server runs MySQL $SOURCE_VERSION, and only 8.0.21 and later can move; upgrade it"
fi
FREE=$(free_bytes "$ROOT$SCRATCH")
WRONG=$FOLDER/problems
problems >"$WRONG"
if [ "$(release_of "$SOURCE_VERSION")" -gt "$(release_of "$RDS_VERSION")" ]; then
  echo "the server runs MySQL $SOURCE_VERSION and RDS would run $RDS_VERSION, which is older; raise spec.database.rds.engineVersion" >>"$WRONG"
fi
if [ "$(source_mysql -e 'XA RECOVER' | wc -l)" -gt 0 ]; then
  echo 'prepared transactions wait for their second phase; XA COMMIT or XA ROLLBACK them' >>"$WRONG"
fi
# Only a dump of the operator's own lies on the volume.
[ "$METHOD" = External ] || source_mysql >>"$WRONG" <<SQL
SELECT CONCAT('the dump needs up to 1.2 times the ', CEIL(bytes / 1048576), ' MiB of the database and $SCRATCH has ', FLOOR($FREE / 1048576), ' MiB free; grow the volume')
  FROM (SELECT COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$DATABASE') sized
  WHERE $FREE < 1.2 * bytes;
SQL
refuse_problems 'the database cannot move to RDS as it is'
answer "$(facts | tr -d '\n')"
