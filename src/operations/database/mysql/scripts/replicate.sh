# shellcheck shell=sh
# Begins to copy the database to RDS while the app works on: everything by a dump of one moment, and what was written since by the
# server's binary log, which RDS then reads along. Run again it begins anew. It must let nobody in on RDS, and must not make the app
# wait for more than a moment.

undo() {
  if [ -z "${BEGUN:-}" ]; then return; fi
  drop_dump
  drop_replicator
}

# Settings of both servers that do not go together.
refuse_other_logs() {
  source_mysql -e 'SELECT @@server_id, @@GLOBAL.gtid_mode' >"$FOLDER/here"
  target_mysql -e 'SELECT @@server_id, @@GLOBAL.gtid_mode' >"$FOLDER/there"
  read -r server_here gtid_here <"$FOLDER/here"
  read -r server_there gtid_there <"$FOLDER/there"
  if [ "$server_here" = "$server_there" ]; then fail "server_id is $server_here on both sides, and RDS would leave out what the server wrote; SET PERSIST server_id to another number on the server"; fi
  case $gtid_here:$gtid_there in
    ON:OFF | ON_PERMISSIVE:OFF | OFF:ON | OFF_PERMISSIVE:ON)
      fail "gtid_mode is $gtid_here on the server and $gtid_there on RDS, which do not replicate; set gtid-mode to OFF_PERMISSIVE in spec.database.rds.parameters" ;;
  esac
}

# Its password is known to RDS alone, and the server keeps a hash. A policy for passwords may want one of each sort of character.
make_replicator() {
  KEY=$(python3 -c 'import secrets; print("Sc-1" + secrets.token_hex(14))')
  origin=$(python3 -c 'import ipaddress, sys; print(ipaddress.ip_network(sys.argv[1]).with_netmask)' "$NETWORK")
  source_mysql <<SQL
CREATE USER '$REPLICATOR'@'$origin' IDENTIFIED WITH caching_sha2_password BY '$KEY' REQUIRE SSL;
GRANT REPLICATION SLAVE ON *.* TO '$REPLICATOR'@'$origin';
SQL
}

# The dump's own session is in its transaction, or was: a small one is over before anybody looks.
dump_has_begun() {
  if ! kill -0 "$dumper" 2>/dev/null; then return 0; fi
  if [ ! -s "$FOLDER/dumper" ]; then return 1; fi
  [ "$(source_mysql -e "SELECT COUNT(*) FROM information_schema.INNODB_TRX JOIN performance_schema.session_connect_attrs ON PROCESSLIST_ID = trx_mysql_thread_id
    WHERE ATTR_NAME = '_pid' AND ATTR_VALUE = '$(cat "$FOLDER/dumper")'")" = 1 ]
}

# What the dump has, RDS must not be told again, and nothing may be between.
dump_moment() {
  rm -f "$FOLDER/dumper"
  hold_writes
  dump 6>&- &
  dumper=$!
  await_snapshot dump_has_begun
  let_write
  wait "$dumper"
}

follow_server() {
  target_mysql >/dev/null <<SQL
CALL mysql.rds_set_external_$SOURCE_WORD('$SOURCE_HOST', $PORT, '$REPLICATOR', '$KEY', '$LOG_FILE', $LOG_POSITION, 1);
SQL
  unset KEY
  call_rds 'start_replication'
  deadline=$(($(seconds) + 60))
  until look_at_replica && [ "$READS" = Yes ]; do
    if [ -n "$READ_ERROR" ] || [ "$(seconds)" -gt "$deadline" ]; then
      fail "RDS cannot replicate the server at $SOURCE_HOST port $PORT: ${READ_ERROR:-it does not connect}"
    fi
    sleep 1
  done
  refuse_broken_replica
}

refuse_unless_it_serves
reach_local
alone
reach_rds
learn_procedures
read_network
doing 'compare the settings of RDS'
refuse_other_settings
refuse_other_logs
BEGUN=yes
doing 'end what another attempt has left'
forget_replication
drop_replicator
doing 'make the accounts on RDS'
refuse_foreign_accounts
drop_target "$REHEARSAL"
drop_target "$DATABASE"
drop_accounts
read_schema
SCHEMA=$SCHEMA_NOW
make_accounts
doing 'make the database on RDS'
make_target "$DATABASE"
# A view is worked out when it is made, by the rights of who defined it. Those on tables that are not there yet come later.
give_rights --force || :
doing 'dump the database'
make_replicator
dump_moment
doing 'restore the dump on RDS'
restore_into "$DATABASE"
make_events "$DATABASE"
give_rights
drop_dump
refuse_changed_schema
doing 'begin to replicate'
follow_server
answer "{\"schema\":\"$SCHEMA\",\"tls\":true,\"log\":\"$LOG_FILE $LOG_POSITION\",\"tables\":$(count_tables)}"
