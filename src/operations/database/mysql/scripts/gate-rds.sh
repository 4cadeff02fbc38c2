# shellcheck shell=sh
# shellcheck disable=SC2034 # The freeze uses what is set here.
# How RDS is closed and opened: all accounts but the master user's are locked, and events sleep. The master user may not refuse writes
# as an administrator does; but a locked account writes nothing once its sessions have ended, and the master user is looked for. It
# must give back what was, and must change nothing without a freeze of our own.

PROVEN=accounts

# Before accounts and sessions: whatever an event has begun is then ended as any session.
prepare_gate() {
  : >"$FOLDER/begun"
  alter_events source_mysql "STATUS = 'ENABLED'" "DISABLE ON $(replica_in "$SOURCE_VERSION")"
}

# Who is connected, as statements that end it. Whoever came later than this was refused, if it is not the master user; whoever is about
# to come in may have been asked before the lock.
others() {
  latest=${latest:-$(source_mysql -e 'SELECT CONNECTION_ID()')}
  source_mysql -e "SELECT CONCAT('CALL mysql.rds_kill(', ID, ');') FROM information_schema.PROCESSLIST
    WHERE ID < $latest AND USER NOT LIKE 'rds%' AND USER NOT IN ('event_scheduler', 'system user')"
}

shut_gate() { :; }

# That nobody else can write says the catalog. The master user can: a pool comes back as soon as its sessions are ended.
prove() {
  sleep 1
  if [ "$(sessions)" != 0 ]; then
    fail 'the master user comes back to RDS and could write; the app must not connect as master user; nothing was changed'
  fi
}

# Events before accounts: that some are locked says that there is something to give back, and goes last.
release() {
  alter_events source_mysql "$ASLEEP" ENABLE
  unlock_accounts
}
