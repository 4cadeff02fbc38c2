# shellcheck shell=sh
# shellcheck disable=SC2034 # The freeze uses what is set here.
# How the server is closed and opened: by locked accounts, and then it takes no writes at all, of administrators neither, also after a
# restart. It must give back what was, and must change nothing without a freeze of our own.

PROVEN='write'

# Who reads along stays, and must not be able to open the server: a role of its could be anything.
refuse_powerful_reader() {
  powerful=$(source_mysql -e "SELECT COUNT(*) FROM mysql.user u WHERE u.User = '$REPLICATOR' AND (u.Super_priv = 'Y'
    OR EXISTS (SELECT 1 FROM mysql.global_grants g WHERE g.USER = u.User AND g.HOST = u.Host)
    OR EXISTS (SELECT 1 FROM mysql.role_edges r WHERE r.TO_USER = u.User AND r.TO_HOST = u.Host))")
  if [ "$powerful" != 0 ]; then
    fail "the account $REPLICATOR stays open in a freeze and may do more than read; REVOKE its roles and its rights on the whole server but for SELECT, REPLICATION SLAVE and REPLICATION CLIENT; nothing was changed"
  fi
}

# What the freeze would have to forget is somebody else's.
prepare_gate() {
  refuse_powerful_reader
  if [ "$(noted)" = 0 ] && [ "$(source_mysql -e 'SELECT @@read_only')" = 1 ]; then
    fail "the server takes no writes already, by somebody else's will: nobody would know what to come back to; SET GLOBAL read_only = OFF"
  fi
}

# Who is connected, as statements that end it.
others() { source_mysql -e "SELECT CONCAT('KILL ', PROCESSLIST_ID, ';') FROM performance_schema.threads t WHERE $OTHERS"; }

# Whoever had logged in before and was not seen yet can write until here. It waits for what is being committed.
shut_gate() { source_mysql -e 'SET PERSIST super_read_only = ON'; }

# Even we cannot write.
prove() {
  if source_mysql -e 'CREATE DATABASE scalingtier_probe'; then
    source_mysql -e 'DROP DATABASE scalingtier_probe'
    fail 'the server still takes writes'
  fi
  tail -n 1 "$FOLDER/stderr" | grep -q 'ERROR 1290'
}

# Everybody writes before anybody can log in: what was locked says that there is something to give back, and goes last.
release() {
  if [ "$(noted)" = 0 ]; then return; fi
  source_mysql -e 'SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF; RESET PERSIST IF EXISTS super_read_only; RESET PERSIST IF EXISTS read_only'
  unlock_accounts
}
