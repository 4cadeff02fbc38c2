# shellcheck shell=sh
# How a replication goes again, on both sides. It must not touch what is not its own. It is also run where an error does not end the
# script, and says itself that it failed.

# RDS forgets the server, and the password with it.
forget_replication() {
  learn_procedures || return 1
  look_at_replica || return 1
  if [ -z "$READS" ]; then return; fi
  call_rds 'stop_replication' && call_rds "reset_external_$SOURCE_WORD"
}

# Who reads along by it is ended.
drop_replicator() {
  source_mysql >"$FOLDER/replicator.sql" <<SQL || return 1
SELECT CONCAT('DROP USER ', $ACCOUNT, ';') FROM mysql.user u WHERE u.User = '$REPLICATOR';
SELECT CONCAT('KILL ', PROCESSLIST_ID, ';') FROM performance_schema.threads WHERE PROCESSLIST_USER = '$REPLICATOR';
SQL
  rm -f "$KEPT_SCHEMA"
  # One that ends by itself meanwhile is no error.
  grep '^DROP' "$FOLDER/replicator.sql" >"$FOLDER/drop.sql" || return 0
  source_mysql <"$FOLDER/drop.sql" || return 1
  grep '^KILL' "$FOLDER/replicator.sql" | source_mysql --force || :
}
