# shellcheck shell=sh
# shellcheck disable=SC2016 # Backquotes are MySQL's.
# How the database that the move up has left on the server gives up its place, and gets it back. MySQL renames tables, which takes no
# time, but no database: what cannot be renamed is kept as statements beside the tables. Each part is one statement that is done or
# not, so that whatever was cut off can go on, or back. It must lose nothing, and no hash of a password may leave the accounts.

# The server takes writes of ours; a restart ends that. Events of the old database must not run meanwhile.
take_writes() {
  if ! server_is_closed; then return; fi
  if [ "$(server_mysql -e 'SELECT @@GLOBAL.event_scheduler')" = ON ]; then
    mkdir -p "$RETIRING"
    : >"$RETIRING/scheduler"
    server_mysql -e 'SET GLOBAL event_scheduler = OFF'
  fi
  server_mysql -e "SELECT CONCAT('KILL ', PROCESSLIST_ID, ';') FROM performance_schema.threads WHERE NAME = 'thread/sql/event_worker'" >"$FOLDER/workers.sql"
  server_mysql --force <"$FOLDER/workers.sql" || :
  server_mysql -e 'SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF'
}

refuse_writes() {
  if server_is_closed; then server_mysql -e 'SET GLOBAL super_read_only = ON'; fi
  restore_scheduler
}

restore_scheduler() {
  if [ ! -e "$RETIRING/scheduler" ]; then return; fi
  server_mysql -e 'SET GLOBAL event_scheduler = ON'
  rm -f "$RETIRING/scheduler"
}

# Runs the statements that a query answers with.
run_on_server() {
  server_mysql -e "$1" >"$FOLDER/statements.sql"
  server_mysql <"$FOLDER/statements.sql"
}

# Drops what is no table: drop_all <sort> <column of names> <view of `information_schema`> <column of databases> [further condition]
drop_all() { run_on_server "SELECT CONCAT('DROP $1 \`$DATABASE\`.\`', REPLACE($2, '\`', '\`\`'), '\`;') FROM information_schema.$3 WHERE $4 = '$DATABASE' ${5:-}"; }
drop_triggers() { drop_all TRIGGER TRIGGER_NAME TRIGGERS TRIGGER_SCHEMA; }

tables_in() { server_mysql -e "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$1' AND TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME <> '$KEPT'"; }

# All tables of a database in one statement: rename_tables <from> <to>
rename_tables() {
  run_on_server "SELECT CONCAT('RENAME TABLE ', GROUP_CONCAT('\`$1\`.', name, ' TO \`$2\`.', name SEPARATOR ', '), ';')
    FROM (SELECT CONCAT('\`', REPLACE(TABLE_NAME, '\`', '\`\`'), '\`') AS name FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = '$1' AND TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME <> '$KEPT') named HAVING COUNT(*) > 0"
}

# The roles that accounts of the old database are to others.
ROLES="FROM mysql.role_edges r JOIN mysql.user u ON u.User = r.FROM_USER AND u.Host = r.FROM_HOST WHERE $MOVED AND NOT $COPIED"
MEMBER="CONCAT(QUOTE(r.TO_USER), '@', QUOTE(r.TO_HOST))"

print_roles() {
  server_mysql <<SQL
SELECT CONCAT('GRANT ', $ACCOUNT, ' TO ', $MEMBER, IF(r.WITH_ADMIN_OPTION = 'Y', ' WITH ADMIN OPTION', ''), ';') $ROLES;
SELECT CONCAT('ALTER USER ', $ACCOUNT, ' DEFAULT ROLE ', GROUP_CONCAT(QUOTE(DEFAULT_ROLE_USER), '@', QUOTE(DEFAULT_ROLE_HOST) SEPARATOR ', '), ';')
  FROM mysql.default_roles r JOIN mysql.user u ON u.User = r.USER AND u.Host = r.HOST GROUP BY u.User, u.Host;
SQL
}

# Definitions of what is no table, the rights on routines, which go with them, and who has which role.
print_definitions() {
  set -- --no-data --no-tablespaces --set-gtid-purged=OFF --skip-lock-tables --skip-comments --skip-add-drop-table --default-character-set=utf8mb4
  on_local mysqldump "$@" --no-create-info --routines --events --triggers "$DATABASE" || return 1
  server_mysql -e "SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = '$DATABASE' ORDER BY 1" >"$FOLDER/views" || return 1
  if [ -s "$FOLDER/views" ]; then
    tr '\n' '\0' <"$FOLDER/views" | HOME=$ROOT/root xargs -0 mysqldump "$@" --skip-triggers "$DATABASE" || return 1
  fi
  server_mysql -e "SELECT CONCAT('SHOW GRANTS FOR ', $ACCOUNT, ';') FROM mysql.user u WHERE NOT $SYSTEM" >"$FOLDER/grants.sql" || return 1
  server_mysql <"$FOLDER/grants.sql" >"$FOLDER/grants" || return 1
  print_roles || return 1
  grep -E " ON (PROCEDURE|FUNCTION) \`$DATABASE\`\\." "$FOLDER/grants" | sed 's/$/;/'
}

keep_definitions() {
  server_mysql -e "CREATE DATABASE IF NOT EXISTS \`$DATABASE\`"
  print_definitions >"$FOLDER/definitions"
  server_mysql -e "SELECT CONCAT(' CHARACTER SET ', DEFAULT_CHARACTER_SET_NAME, ' COLLATE ', DEFAULT_COLLATION_NAME) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '$DATABASE'" >"$FOLDER/settings"
  {
    echo "CREATE DATABASE IF NOT EXISTS \`$ASIDE\`$(cat "$FOLDER/settings");"
    echo "CREATE TABLE \`$ASIDE\`.\`$KEPT\` AS SELECT 'CREATE DATABASE IF NOT EXISTS \`$DATABASE\`$(cat "$FOLDER/settings");' AS creation,"
    python3 -c 'import sys; sys.stdout.write("CAST(0x" + (sys.stdin.buffer.read() + b"\n").hex() + " AS BINARY) AS objects;\n")' <"$FOLDER/definitions"
  } | server_mysql
  rm -f "$FOLDER/definitions"
}

# A trigger keeps its table from being renamed.
put_database_aside() {
  if [ "$(aside)" = 0 ]; then keep_definitions; fi
  drop_triggers
  rename_tables "$DATABASE" "$ASIDE"
  [ "$(tables_in "$DATABASE")" = 0 ]
  server_mysql -e "DROP DATABASE IF EXISTS \`$DATABASE\`"
}

# Accounts keep their passwords and rights when they are renamed, which only one that is nobody's role can be.
put_accounts_aside() {
  run_on_server "SELECT CONCAT('REVOKE ', $ACCOUNT, ' FROM ', $MEMBER, ';') $ROLES"
  run_on_server "SELECT CONCAT('RENAME USER ', GROUP_CONCAT($ACCOUNT, ' TO ', QUOTE(u.User), '@', QUOTE(CONCAT(u.Host, '$RETIRED_HOST')) SEPARATOR ', '), ';')
    FROM mysql.user u WHERE $MOVED AND NOT $COPIED AND NOT $RETIRED HAVING COUNT(*) > 0"
}

take_accounts_back() {
  run_on_server "SELECT CONCAT('RENAME USER ', GROUP_CONCAT($ACCOUNT, ' TO ', QUOTE(u.User), '@', QUOTE(REPLACE(u.Host, '$RETIRED_HOST', '')) SEPARATOR ', '), ';')
    FROM mysql.user u WHERE $RETIRED HAVING COUNT(*) > 0"
}

# What of the old database is no table is made anew, over what an earlier run may have made.
take_database_back() {
  if [ "$(tables_in "$ASIDE")" != 0 ]; then server_mysql -e "DROP DATABASE IF EXISTS \`$DATABASE\`"; fi
  run_on_server "SELECT creation FROM \`$ASIDE\`.\`$KEPT\`"
  rename_tables "$ASIDE" "$DATABASE"
  drop_triggers
  drop_all VIEW TABLE_NAME VIEWS TABLE_SCHEMA
  drop_all EVENT EVENT_NAME EVENTS EVENT_SCHEMA
  for sort in PROCEDURE FUNCTION; do drop_all $sort ROUTINE_NAME ROUTINES ROUTINE_SCHEMA "AND ROUTINE_TYPE = '$sort'"; done
  server_mysql -e "SELECT objects FROM \`$ASIDE\`.\`$KEPT\`" >"$FOLDER/definitions"
  server_mysql --binary-mode --database="$DATABASE" <"$FOLDER/definitions"
  rm -f "$FOLDER/definitions"
  server_mysql -e "DROP DATABASE \`$ASIDE\`"
}
