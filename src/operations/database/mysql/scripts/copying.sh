# shellcheck shell=sh
# shellcheck disable=SC2016 # Backquotes are MySQL's.
# What a copy of a database is made of: a dump of the source, and an empty database of the target that is the same. The rehearsal and
# the copy share it, so that what was rehearsed is what is done. It must not touch a database of the target that is not empty and
# not its own. What it made there is noted with the master user: a database has no place for notes.

DUMP=$ROOT$SCRATCH/scalingtier-$DATABASE

# note_target <database> <'"copied"'|null>
note_target() {
  target_mysql -e "SELECT CONCAT('ALTER USER ', $ACCOUNT, ' ATTRIBUTE ''{\"scalingtier\": {\"$1\": $2}}'';') FROM mysql.user u WHERE $OURSELVES" >"$FOLDER/note.sql"
  target_mysql <"$FOLDER/note.sql"
}

# Whether a database of the target came from here.
is_copy() { [ "$(target_mysql -e "SELECT COALESCE(u.User_attributes ->> '\$.metadata.scalingtier.$1', '') FROM mysql.user u WHERE $OURSELVES")" = copied ]; }

objects_in() {
  target_mysql <<SQL
SELECT (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$1') + (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '$1')
  + (SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '$1');
SQL
}

# What the target needs before a copy is written to it, and what goes with a rehearsal besides its database.
enter_target() { :; }
leave_target() { :; }

# Makes room for the copy.
clear_place() { drop_target "$DATABASE"; }

# Drops a database of the target if it is empty or came from here.
drop_target() {
  if ! is_copy "$1" && [ "$(objects_in "$1")" != 0 ]; then
    fail "the database \"$1\" on $TARGET_NAME is not empty and was not copied from $SOURCE_NAME; it is not touched: drop it, or move its objects away"
  fi
  target_mysql -e "DROP DATABASE IF EXISTS \`$1\`"
}

# Makes an empty database with the character set and the collation of the source's.
make_target() {
  note_target "$1" '"copied"'
  source_mysql >"$FOLDER/database.sql" <<SQL
SELECT CONCAT('CREATE DATABASE \`$1\` CHARACTER SET ', DEFAULT_CHARACTER_SET_NAME, ' COLLATE ', DEFAULT_COLLATION_NAME, ';')
  FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '$DATABASE';
SQL
  target_mysql <"$FOLDER/database.sql"
}

drop_dump() { rm -rf "$DUMP"; }

# A pipe ends as its last program does: what the first said is kept beside it.
whole() { [ ! -e "$FOLDER/incomplete" ]; }

# shellcheck disable=SC2016 # Its own shell says which process it becomes.
run_dump() { on_local sh -c 'echo $$ >"$0" && exec mysqldump "$@"' "$FOLDER/dumper" "$@"; }

# Everything but events, which would begin to run.
dump() {
  drop_dump
  rm -f "$FOLDER/incomplete"
  (umask 022 && mkdir -p "$ROOT$SCRATCH")
  mkdir "$DUMP"
  {
    run_dump --single-transaction --quick --routines --triggers --hex-blob --no-tablespaces --set-gtid-purged=OFF --column-statistics=0 \
      --default-character-set=utf8mb4 --max-allowed-packet=1G --net-buffer-length=1M --skip-add-drop-table --skip-add-locks --skip-comments "$DATABASE" ||
      : >"$FOLDER/incomplete"
  } | gzip -1 >"$DUMP/data.sql.gz"
  whole
}

# What administrators have defined is the master user's on RDS, which has no others, and the other way round. A line of data never
# begins like this.
edit_definers() {
  owner=$(target_mysql -e "SELECT CONCAT('\`', REPLACE(User, '\`', '\`\`'), '\`@\`', Host, '\`') FROM mysql.user u WHERE $OURSELVES" | sed 's/[&#\\]/\\&/g')
  source_mysql -e "SELECT CONCAT('\`', REPLACE(User, '\`', '\`\`'), '\`@\`', Host, '\`') FROM mysql.user u WHERE $ADMINISTRATOR OR $OURSELVES" |
    sed 's/[][\\.*^$#]/\\&/g' | while IFS= read -r theirs; do
    printf 's#^\\(/\\*!50003 CREATE\\*/ /\\*!50017 \\|/\\*!50013 \\|CREATE \\)DEFINER=%s#\\1DEFINER=%s#\n' "$theirs" "$owner"
  done >"$FOLDER/definers.sed"
}

restore_into() {
  edit_definers
  { gzip -dc "$DUMP/data.sql.gz" || : >"$FOLDER/incomplete"; } | LC_ALL=C sed -f "$FOLDER/definers.sed" | target_mysql --binary-mode --database="$1"
  whole
  tables=$(source_mysql -e "SELECT GROUP_CONCAT('\`', REPLACE(TABLE_NAME, '\`', '\`\`'), '\`') FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$DATABASE' AND TABLE_TYPE = 'BASE TABLE'")
  if [ "$tables" != NULL ]; then echo "ANALYZE TABLE $tables;" | target_mysql --database="$1" >/dev/null; fi
}

target_bytes() { target_mysql -e "SELECT COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$1'"; }
