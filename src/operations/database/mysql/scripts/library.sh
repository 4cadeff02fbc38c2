# shellcheck shell=sh
# shellcheck disable=SC2034,SC2153 # The steps use what is set here, and the operator sets what is used.
# What all steps of a MySQL move share: how both servers are reached, what counts as frozen, and which accounts move. It comes
# after the prelude and before the step. Source and target are the server and RDS, in this order; the way back turns them round. It
# must not change either by itself.

case $DATABASE in
  '' | [!A-Za-z]* | *[!A-Za-z0-9_]*) fail "\"$DATABASE\" is no name that a database can have on RDS" ;;
esac
# Long names end at 64 characters, and a cut name would be that of the database itself.
REHEARSAL=$(printf '%.54s' "$DATABASE")_rehearsal
SOURCE_NAME='the server' TARGET_NAME=RDS
# What the environment says of other servers must not reach these clients.
unset MYSQL_PWD MYSQL_HOST MYSQL_TCP_PORT MYSQL_UNIX_PORT MYSQL_GROUP_SUFFIX
MYSQL_TEST_LOGIN_FILE=/nonexistent MYSQL_HISTFILE=/dev/null
export MYSQL_TEST_LOGIN_FILE MYSQL_HISTFILE

# Sessions of ours must not depend on what a server or a file of options sets.
SESSION="SET SESSION sql_mode = '', time_zone = '+00:00', autocommit = 1, foreign_key_checks = 1, lock_wait_timeout = 60, max_execution_time = 0,"
SESSION="$SESSION group_concat_max_len = 4294967295, information_schema_stats_expiry = 0, sql_select_limit = DEFAULT, sql_safe_updates = 0"

# Errors of MySQL quote what they are about: values and statements are left out, and so are hashes of passwords.
said() {
  lines=$(grep -E '(ERROR|[Ee]rror|not found|denied|refused):?' "$FOLDER/stderr" | grep -v 'Using a password') || lines=$(tail -n 5 "$FOLDER/stderr")
  printf '%s' "$lines" | sed -E -e "s/(Duplicate entry|near|value:?) '.*'/\1 '...'/" -e 's/0x[0-9A-Fa-f]{8,}/.../g' | tail -c 600
}

# Runs a program as the administrator of the local server: whoever the system's root is there, at the socket and with the
# password that its own files of options name.
on_local() (
  HOME=$ROOT/root
  export HOME
  exec "$@"
)

# A value in a file of options.
option() { printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g'; }

# Runs a program with what a client needs to reach RDS. It reads that from a descriptor, and nothing else: no file holds the
# password, and no file of the server's says where to go.
on_rds() (
  program=$1
  shift
  exec "$program" --defaults-file=/dev/fd/7 --ssl-mode=REQUIRED "$@" 7<<OPTIONS
[client]
host="$(option "$RDS_HOST")"
port=$RDS_PORT
protocol=TCP
user="$(option "$SECRET_USER")"
password="$(option "$SECRET_PASSWORD")"
OPTIONS
)

# A client: client <on_local|on_rds> [options]. It ends at the first error.
client() {
  where=$1
  shift
  "$where" mysql --batch --skip-column-names --raw --skip-table --skip-vertical --skip-force --skip-auto-rehash --skip-safe-updates --connect-timeout=15 --max-allowed-packet=1G \
    --default-character-set=utf8mb4 --init-command="$SESSION" "$@"
}

# What a move does on the server is none of what a replica or a restored log should do again.
server_mysql() { client on_local --init-command="$SESSION, sql_log_bin = 0" "$@"; }
rds_mysql() { client on_rds "$@"; }

source_mysql() { server_mysql "$@"; }
target_mysql() { rds_mysql "$@"; }
on_source() { on_local "$@"; }
on_target() { on_rds "$@"; }

# Makes sure that the local server answers, and that it is the one that is meant.
reach_server() {
  doing 'reach the database on the server'
  if ! found=$(server_mysql -e "SELECT CONCAT_WS(' ', @@port, VERSION())"); then
    fail "the MySQL server does not let the system's root in at its socket: $(said)"
  fi
  SERVER_VERSION=${found#* }
  case $SERVER_VERSION in
    *MariaDB*) fail "the server runs MariaDB ($SERVER_VERSION), and RDS runs MySQL: no data can move between them" ;;
  esac
  if [ "${found%% *}" != "$PORT" ]; then
    fail "the MySQL server at the socket listens at port ${found%% *}, and spec.database.onInstance.port says $PORT"
  fi
}

reach_local() {
  reach_server
  SOURCE_VERSION=$SERVER_VERSION
  [ "$(server_mysql -e "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '$DATABASE'")" = 1 ] ||
    fail "there is no database \"$DATABASE\" on the server; spec.database.name must name the application's database"
}

reach_rds() {
  secret "$SECRET_ARN"
  doing 'reach the database on RDS'
  TARGET_VERSION=$(rds_mysql -e 'SELECT VERSION()')
}

# The source comes first.
reach_source() { reach_local; }
reach_target() { reach_rds; }

# The version as a number by which releases are ordered: 8.4.3 is 804.
release_of() { echo "$1" | awk -F '[.-]' '{ print $1 * 100 + $2 }'; }

# A name of an account, as statements have it, of `mysql.user u`.
ACCOUNT="CONCAT(QUOTE(u.User), '@', QUOTE(u.Host))"
# Accounts that MySQL or RDS brings along.
SYSTEM="(u.User IN ('mysql.sys', 'mysql.session', 'mysql.infoschema') OR u.User LIKE 'rds%')"
# Administrators have what nobody has on RDS, and stay behind. So does the account that we come by.
ADMINISTRATOR="(u.Super_priv = 'Y' OR EXISTS (SELECT 1 FROM mysql.global_grants g WHERE g.USER = u.User AND g.HOST = u.Host AND g.PRIV = 'SYSTEM_USER'))"
OURSELVES="(CONCAT(u.User, '@', u.Host) = CURRENT_USER())"
# The account by which RDS, or whatever a person copies with, reads along. It is no account of the app's, and a freeze leaves it: what
# was written before has to get to RDS.
REPLICATOR=scalingtier_replication
# The accounts that move, roles among them.
MOVED="NOT $SYSTEM AND NOT $ADMINISTRATOR AND NOT $OURSELVES AND u.User <> '$REPLICATOR'"

# What a freeze notes with each account that it locks stands with the account itself, so that it goes wherever the data go.
NOTED="u.User_attributes ->> '\$.metadata.scalingtier' = 'locked'"
NOTE="'{\"scalingtier\": \"locked\"}'" NO_NOTE="'{\"scalingtier\": null}'"

# How many accounts our own freeze has locked.
noted() { source_mysql -e "SELECT COUNT(*) FROM mysql.user u WHERE $NOTED"; }

# Who could still log in and write, but for ourselves.
LOCKABLE="account_locked = 'N' AND NOT $OURSELVES AND u.User <> '$REPLICATOR'"
unlocked() { source_mysql -e "SELECT COUNT(*) FROM mysql.user u WHERE $LOCKABLE"; }

# Frozen: by our own freeze nobody logs in but ourselves, and nobody at all writes.
is_frozen() {
  [ "$(noted)" != 0 ] && [ "$(unlocked)" = 0 ] && [ "$(source_mysql -e 'SELECT @@super_read_only')" = 1 ]
}

# Sessions of others, as a condition on `performance_schema.threads t`.
OTHERS="t.TYPE = 'FOREGROUND' AND t.PROCESSLIST_ID <> CONNECTION_ID() AND t.PROCESSLIST_USER NOT IN ('event_scheduler', '$REPLICATOR')"

# How many are connected by another account than ours, which can only read.
sessions() {
  source_mysql -e "SELECT COUNT(*) FROM performance_schema.threads t
    WHERE $OTHERS AND t.PROCESSLIST_USER <> SUBSTRING_INDEX(CURRENT_USER(), '@', 1)"
}

# How far the server's log has come.
position() { source_mysql -e "SELECT CAST(JSON_EXTRACT(STORAGE_ENGINES, '\$.InnoDB.LSN') AS UNSIGNED) FROM performance_schema.log_status"; }

# How far its binary log has come: file and position.
log_position() { source_mysql -e "SELECT LOCAL ->> '\$.binary_log_file', LOCAL ->> '\$.binary_log_position' FROM performance_schema.log_status"; }

# What is done with a frozen database holds for the freeze that it was begun after.
refuse_unless_frozen() {
  if ! is_frozen; then fail "the database \"$DATABASE\" on $SOURCE_NAME is not frozen"; fi
  if [ "$(sessions)" != 0 ]; then fail "somebody is connected to the frozen server"; fi
  # The position would lie ahead of a server that was set back since.
  if [ "$(position)" -lt "$POSITION" ]; then
    fail "$SOURCE_NAME is behind the position of the freeze, $POSITION: its data were replaced since"
  fi
}
