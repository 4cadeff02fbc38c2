# shellcheck shell=sh
# Says whether a database can come back from RDS to the server, before anything costs time or downtime: all that would be missing there
# is named at once. A server that the move up has stopped is started, because it has to be asked; nothing else is changed. How the server
# is set is looked at in the rehearsal.

# What runs while RDS does not serve is no business of the way back.
undo() { if [ "${SERVING:-}" = "$RDS_HOST" ] && [ -e "$RETIRING/started" ]; then stop_started; fi; }

# What keeps a database on RDS alone from coming back.
further_problems() {
  cat <<SQL
  SELECT 30, SCHEMA_NAME, 'other databases on RDS would stay behind and go with it; move them away or drop them'
    FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema', 'innodb', 'tmp', '$DATABASE', '$REHEARSAL')
  UNION ALL
  SELECT 51, EVENT_NAME, 'events are disabled on replicas, which is how the freeze notes what it puts to sleep; ENABLE or DISABLE them'
    FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '$DATABASE' AND $ASLEEP
  UNION ALL
  SELECT 60, SUBSTRING_INDEX(HOST, ':', 1), 'the master user is connected to the database; the app must not connect as master user, who becomes the administrator of the server: give it an account of its own'
    FROM information_schema.PROCESSLIST WHERE DB = '$DATABASE' AND USER = SUBSTRING_INDEX(CURRENT_USER(), '@', 1) AND ID <> CONNECTION_ID()
  UNION ALL
  SELECT 61, $ACCOUNT, 'accounts with rights on the whole server from which databases are taken (partial revokes); GRANT them rights on their databases instead'
    FROM mysql.user u WHERE $MOVED AND u.User_attributes ->> '\$.Restrictions' IS NOT NULL
SQL
}

# Answers of the server: names that stand in the way, on one line.
in_the_way() { server_mysql -e "SELECT SUBSTRING_INDEX(GROUP_CONCAT(name ORDER BY name SEPARATOR ', '), ', ', 10) FROM ($1) named HAVING COUNT(*) > 0"; }

place_problems() {
  case $(standing) in
    stranger) echo "the database \"$DATABASE\" on the server is neither empty nor the one that the move to RDS has left, closed; it is not touched: drop it, or move its objects away" ;;
    frozen)
      if [ "$(aside)" = 0 ] && [ "$(objects_in "$ASIDE")" != 0 ]; then
        echo "the database \"$ASIDE\" on the server has the name that the old \"$DATABASE\" gets; drop it"
      fi
      ;;
  esac
  source_mysql -e "SELECT QUOTE(CONCAT(u.User, '@', u.Host)) FROM mysql.user u WHERE $MOVED" >"$FOLDER/accounts"
  names=$(tr '\n' ',' <"$FOLDER/accounts")
  in_the_way "SELECT $ACCOUNT AS name FROM mysql.user u WHERE NOT ($MOVED) AND NOT $RETIRED AND CONCAT(u.User, '@', u.Host) IN (${names}NULL)" |
    sed 's/^/administrators on the server have the names of accounts on RDS; rename one of each: /'
  if server_is_closed; then return; fi
  in_the_way "SELECT $ACCOUNT AS name FROM mysql.user u WHERE $MOVED AND NOT $COPIED" |
    sed 's/^/there are accounts on the server that the move to RDS has not closed, and the server is to have those of RDS alone; drop them: /'
  in_the_way "SELECT 'read_only' AS name FROM DUAL WHERE @@read_only = 1" | sed "s/^/the server takes no writes, by somebody else's will; SET GLOBAL read_only = OFF: /"
}

plugin_problems() {
  source_mysql -e "SELECT DISTINCT QUOTE(u.plugin) FROM mysql.user u WHERE $MOVED AND NOT $IS_ROLE" >"$FOLDER/plugins"
  while read -r plugin; do
    server_mysql -e "SELECT CONCAT('accounts on RDS log in by ', $plugin, ', which the server does not have; ALTER USER ... IDENTIFIED WITH caching_sha2_password BY ...') FROM DUAL
      WHERE NOT EXISTS (SELECT 1 FROM information_schema.PLUGINS WHERE PLUGIN_NAME = $plugin AND PLUGIN_STATUS = 'ACTIVE')"
  done <"$FOLDER/plugins"
}

room_problems() {
  data=$(server_mysql -e 'SELECT @@datadir')
  # shellcheck disable=SC2046 # Two figures.
  set -- $(times_needed "$data")
  bytes=$(source_mysql -e "SELECT COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$DATABASE'")
  server_mysql <<SQL
SELECT CONCAT(place, ' needs ', times, ' times the ', CEIL($bytes / 1048576), ' MiB of the database and has ', FLOOR(free / 1048576), ' MiB free; grow the volume')
  FROM (SELECT '$SCRATCH' AS place, $1 AS times, $FREE AS free UNION ALL SELECT @@datadir, $2, $(free_bytes "$data")) room WHERE free < times * $bytes;
SQL
}

refuse_unless_it_serves
wake_server
reach_source
alone
reach_target
doing 'inspect the database'
FREE=$(free_bytes "$ROOT$SCRATCH")
WRONG=$FOLDER/problems
problems >"$WRONG"
if [ "$(release_of "$SOURCE_VERSION")" -gt "$(release_of "$TARGET_VERSION")" ]; then
  echo "RDS runs MySQL $SOURCE_VERSION and the server $TARGET_VERSION, which is older; install MySQL $SOURCE_VERSION on the server" >>"$WRONG"
fi
if [ "$(source_mysql -e 'XA RECOVER' | wc -l)" -gt 0 ]; then
  echo 'prepared transactions wait for their second phase; XA COMMIT or XA ROLLBACK them' >>"$WRONG"
fi
{
  place_problems
  plugin_problems
  room_problems
} >>"$WRONG"
refuse_problems 'the database cannot come back to the server as it is'
answer "$(facts | tr -d '\n')"
