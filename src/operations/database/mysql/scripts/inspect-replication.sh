# shellcheck shell=sh
# Says whether the server can be replicated to RDS, after it was found that the database can move: what the server has to be set
# to, and what replication does not carry. It must change nothing, and restart nothing: the server is the user's.

# The log has to be there for as long as RDS may take to read it.
LOG_SECONDS=172800

# One sentence for each thing that is wrong, and the way out.
settings() {
  source_mysql <<SQL
WITH set_to(name, value) AS (SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.global_variables), wrong(place, words) AS (
  SELECT 1, 'the server keeps no binary log: take skip_log_bin out of its options, and restart it when it suits you' FROM set_to WHERE name = 'log_bin' AND value = 'OFF'
  UNION ALL
  SELECT 2, CONCAT('binlog_format is ', value, ' and must be ROW: SET PERSIST binlog_format = ROW, and have the app connect anew') FROM set_to WHERE name = 'binlog_format' AND value <> 'ROW'
  UNION ALL
  SELECT 3, CONCAT('binlog_row_image is ', value, ' and must be FULL: SET PERSIST binlog_row_image = FULL, and have the app connect anew') FROM set_to WHERE name = 'binlog_row_image' AND value <> 'FULL'
  UNION ALL
  SELECT 4, 'server_id is 0, and nobody can replicate such a server: SET PERSIST server_id = 1' FROM set_to WHERE name = 'server_id' AND value = '0'
  UNION ALL
  SELECT 5, CONCAT('binlog_expire_logs_seconds is ', value, ', and RDS may take longer to read the log: SET PERSIST binlog_expire_logs_seconds = $LOG_SECONDS')
    FROM set_to WHERE name = 'binlog_expire_logs_seconds' AND value <> '0' AND CAST(value AS UNSIGNED) < $LOG_SECONDS
  UNION ALL
  SELECT 6, 'the server has no TLS, without which RDS cannot log in to it: take tls_version and ssl_... out of its options, and restart it'
    FROM performance_schema.tls_channel_status WHERE CHANNEL = 'mysql_main' AND PROPERTY = 'Enabled' AND VALUE <> 'Yes'
)
SELECT words FROM wrong ORDER BY place;
SQL
}

# The statement has had another name.
filters() {
  { source_mysql -e 'SHOW BINARY LOG STATUS' || source_mysql -e 'SHOW MASTER STATUS'; } >"$FOLDER/log"
  if [ -n "$(cut -f 3,4 "$FOLDER/log" | tr -d '\t')" ]; then
    echo 'the binary log leaves databases out: take binlog_do_db and binlog_ignore_db out of the options of the server, and restart it'
  fi
}

# Without a key every changed row is looked for in the whole table on RDS.
contents_problems() {
  source_mysql <<SQL
WITH loose AS (
  $LOOSE
)
SELECT CONCAT('tables without a primary key or a unique one of columns that are NOT NULL have more than ', ROUND($FROZEN_BYTES / 1048576), ' MiB together, and RDS looks for each changed row in all of them; give them a key: ',
    SUBSTRING_INDEX(GROUP_CONCAT(name ORDER BY name SEPARATOR ', '), ', ', 10)) FROM loose HAVING SUM(bytes) > $FROZEN_BYTES;
SQL
}

listens() {
  python3 -c '
import socket, sys
sys.tracebacklimit = 0
socket.create_connection((sys.argv[1], int(sys.argv[2])), 15).close()' "$SOURCE_HOST" "$PORT"
}

replication_facts() {
  source_mysql -e "SELECT JSON_OBJECT('tables', (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$DATABASE' AND TABLE_TYPE = 'BASE TABLE'),
    'withoutKey', (SELECT COUNT(*) FROM ($LOOSE) loose), 'tls', CAST('true' AS JSON))"
}

reach_local
read_network
doing 'look whether the server can be replicated'
WRONG=$FOLDER/problems
settings >"$WRONG"
# Without a log nothing more can be asked.
if [ ! -s "$WRONG" ]; then filters >>"$WRONG"; fi
contents_problems >>"$WRONG"
if ! listens; then
  echo "the server does not listen at $SOURCE_HOST port $PORT, where RDS would reach it: set bind_address to 127.0.0.1,$SOURCE_HOST in its options, and restart it" >>"$WRONG"
fi
if [ -s "$WRONG" ]; then
  fail "the database cannot be replicated to RDS as it is: $(awk '{ printf "%s(%d) %s", (NR > 1 ? "; " : ""), NR, $0 }' "$WRONG" | cut -c 1-3000)"
fi
answer "$(replication_facts)"
