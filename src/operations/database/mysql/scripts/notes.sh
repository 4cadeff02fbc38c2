# shellcheck shell=sh
# How accounts of the source are locked and unlocked, with a note of who has locked them. It must not touch those that were locked
# before.

# Locks everybody and notes with each that it was us, in one statement: neither is there without the other.
lock_accounts() {
  source_mysql >"$FOLDER/lock.sql" <<SQL
SELECT CONCAT('ALTER USER ', GROUP_CONCAT($ACCOUNT SEPARATOR ', '), ' ACCOUNT LOCK ATTRIBUTE ', QUOTE($NOTE), ';')
  FROM mysql.user u WHERE $LOCKABLE HAVING COUNT(*) > 0;
SQL
  source_mysql <"$FOLDER/lock.sql"
}

unlock_accounts() {
  source_mysql -e "SELECT CONCAT('ALTER USER ', GROUP_CONCAT($ACCOUNT SEPARATOR ', '), ' ACCOUNT UNLOCK ATTRIBUTE ', QUOTE($NO_NOTE), ';') FROM mysql.user u WHERE $NOTED HAVING COUNT(*) > 0" >"$FOLDER/unlock.sql"
  source_mysql <"$FOLDER/unlock.sql"
}
