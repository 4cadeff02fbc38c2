# shellcheck shell=sh
# shellcheck disable=SC2016 # Backquotes are MySQL's.
# The accounts of a copy: they are there before what they define, with their passwords, and cannot log in before the copy is
# whole. Every way to copy shares it. It must not touch an account of the target that is not its own, and no hash may stay in a file.

COPIED="COALESCE(u.User_attributes ->> '\$.metadata.scalingtier', '') = 'copied'"
# Those of the target that nobody may take the name of, and those that need not be made.
FOREIGN="NOT $COPIED" THERE=$COPIED

# Asks the source for each account that moves, and keeps for a moment what it says: ask_accounts <statement> [those to leave out]
ask_accounts() {
  source_mysql -e "SELECT $ACCOUNT FROM mysql.user u WHERE $MOVED ORDER BY User, Host" >"$FOLDER/accounts"
  {
    echo 'SET SESSION print_identified_with_as_hex = ON;'
    grep -Fxv -f "${2:-/dev/null}" "$FOLDER/accounts" | sed -e "s/^/$1 /" -e 's/$/;/'
  } | source_mysql >"$FOLDER/said.accounts"
}

refuse_foreign_accounts() {
  source_mysql -e "SELECT $ACCOUNT FROM mysql.user u WHERE $MOVED" >"$FOLDER/accounts"
  target_mysql -e "SELECT $ACCOUNT FROM mysql.user u WHERE $FOREIGN" >"$FOLDER/theirs"
  foreign=$(grep -Fxf "$FOLDER/theirs" "$FOLDER/accounts" | tr '\n' ' ') || foreign=
  if [ -n "$foreign" ]; then
    fail "there are accounts on $TARGET_NAME that have the names of accounts on $SOURCE_NAME and are none of ours; rename or drop one of each: $foreign"
  fi
}

# Makes those that are not there, locked and marked in one statement. A definer can be made only once, whatever is said of those
# that exist.
make_accounts() {
  target_mysql -e "SELECT $ACCOUNT FROM mysql.user u WHERE $THERE" >"$FOLDER/there"
  ask_accounts 'SHOW CREATE USER' "$FOLDER/there"
  sed -E -e 's/ DEFAULT ROLE (`[^`]*`@`[^`]*`,?)+ REQUIRE / REQUIRE /' \
      -e 's/ ACCOUNT (UN)?LOCK PASSWORD HISTORY / ACCOUNT LOCK PASSWORD HISTORY /' \
      -e 's/"scalingtier": "(locked|copied)"(, )?//' -e "s/, \}'\$/}'/" -e "s/ ATTRIBUTE '\{\}'\$//" \
      -e "/ ATTRIBUTE '\{/ { s// ATTRIBUTE '{\"scalingtier\": \"copied\", /; b marked" -e '}' \
      -e "s/\$/ ATTRIBUTE '{\"scalingtier\": \"copied\"}'/" -e ':marked' -e 's/$/;/' "$FOLDER/said.accounts" | target_mysql
  rm -f "$FOLDER/said.accounts"
}

# What an earlier copy has made; definers can go only when nothing is theirs.
drop_accounts() {
  target_mysql -e "SELECT CONCAT('DROP USER ', $ACCOUNT, ';') FROM mysql.user u WHERE $COPIED" >"$FOLDER/drop.sql"
  target_mysql <"$FOLDER/drop.sql"
}

# Rights, roles, and which roles are active by themselves: give_rights [options of the client]
give_rights() {
  ask_accounts 'SHOW GRANTS FOR'
  sed 's/$/;/' "$FOLDER/said.accounts" | target_mysql "$@"
  source_mysql >"$FOLDER/roles.sql" <<SQL
SELECT CONCAT('ALTER USER ', $ACCOUNT, ' DEFAULT ROLE ', GROUP_CONCAT(QUOTE(DEFAULT_ROLE_USER), '@', QUOTE(DEFAULT_ROLE_HOST) SEPARATOR ', '), ';')
  FROM mysql.default_roles r JOIN mysql.user u ON u.User = r.USER AND u.Host = r.HOST WHERE $MOVED GROUP BY u.User, u.Host;
SQL
  target_mysql "$@" <"$FOLDER/roles.sql"
}

# Whoever could log in before our freeze can do so there.
open_accounts() {
  source_mysql >"$FOLDER/open.sql" <<SQL
SELECT CONCAT('ALTER USER ', GROUP_CONCAT($ACCOUNT SEPARATOR ', '), ' ACCOUNT UNLOCK;') FROM mysql.user u WHERE $MOVED AND $NOTED HAVING COUNT(*) > 0;
SQL
  target_mysql <"$FOLDER/open.sql"
}
