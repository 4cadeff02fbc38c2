# shellcheck shell=sh
# Begins to copy the database to RDS while the app works on: everything but the rows by a dump, the rows by a subscription
# of RDS's, which then keeps up. Run again it begins anew. It must let nobody in on RDS, and must not make the app wait for
# more than a moment.

undo() {
  if [ -z "${BEGUN:-}" ]; then return; fi
  drop_dump
  drop_publisher
}

# Without a key all values of a row say which is meant. Which tables are changed is written down before they are.
set_identities() {
  local_psql "$DATABASE" >"$FOLDER/identity" <<SQL
$OWN SELECT concat(own.oid, '=', relreplident), format('ALTER TABLE %s REPLICA IDENTITY %s', name, CASE WHEN key IS NULL THEN 'FULL' ELSE 'DEFAULT' END)
  FROM own WHERE relreplident = 'n' OR (key IS NULL AND relreplident = 'd') ORDER BY name;
SQL
  local_psql postgres -c "COMMENT ON ROLE $REPLICATOR IS '$(cut -d '|' -f 1 "$FOLDER/identity" | tr '\n' ' ')'"
  cut -d '|' -f 2- "$FOLDER/identity" >"$FOLDER/identities.sql"
  patiently "$FOLDER/identities.sql"
}

# The role reads everything and writes nothing. Its password is known to the subscription alone: the server keeps a hash, and
# RDS shows it to nobody. Settings of the database must not end its sessions.
make_replicator() {
  KEY=$(python3 -c 'import secrets; print(secrets.token_hex(32))')
  local_psql postgres <<SQL
SET log_statement TO none;
SET log_min_duration_statement TO -1;
SET password_encryption TO 'scram-sha-256';
CREATE ROLE $REPLICATOR LOGIN REPLICATION BYPASSRLS PASSWORD '$KEY';
GRANT pg_read_all_data TO $REPLICATOR;
SELECT 'GRANT CONNECT ON DATABASE "$DATABASE" TO $REPLICATOR' WHERE NOT has_database_privilege('$REPLICATOR', '$DATABASE', 'CONNECT') \gexec
ALTER ROLE $REPLICATOR SET statement_timeout TO 0;
ALTER ROLE $REPLICATOR SET lock_timeout TO 0;
ALTER ROLE $REPLICATOR SET idle_in_transaction_session_timeout TO 0;
ALTER ROLE $REPLICATOR SET search_path TO pg_catalog;
SQL
}

# First, because the first rule that fits counts.
with_own_rule() {
  printf '# scalingtier: begin; RDS reads along until the database has moved\n%s "%s" %s %s scram-sha-256\n# scalingtier: end\n' \
    "$RULE" "$DATABASE" "$REPLICATOR" "$NETWORK" && without_own_rules
}

# Tables by name: in a publication of all, a table that the app makes now could not be updated without a key.
publish() {
  if [ "$(local_psql postgres -c 'SHOW ssl')" = on ]; then RULE=hostssl SSLMODE=require; else RULE=hostnossl SSLMODE=disable; fi
  rewrite_rules with_own_rule
  errors=$(local_psql postgres -c 'SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL')
  if [ "$errors" != 0 ]; then fail "the server's rules for clients ($(local_psql postgres -c 'SHOW hba_file')) have errors; SELECT * FROM pg_hba_file_rules WHERE error IS NOT NULL names them"; fi
  local_psql "$DATABASE" >"$FOLDER/publication.sql" <<SQL
$OWN SELECT format('CREATE PUBLICATION $REPLICATION %s', 'FOR TABLE ' || string_agg('ONLY ' || name, ', ')) FROM own WHERE relpersistence = 'p';
SQL
  patiently "$FOLDER/publication.sql"
}

# The schema of one moment, and what it was.
copy_schema() {
  SCHEMA=$(schema_hash)
  dump --section=pre-data --section=post-data -B
  refuse_changed_schema
  restore_objects "$DATABASE"
  drop_dump
  # The master user writes the rows, for every owner; it is not to be kept from any.
  target_psql "$DATABASE" <<SQL
DROP PUBLICATION $REPLICATION;
SELECT format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', oid::regclass) FROM pg_class WHERE relforcerowsecurity \gexec
SQL
}

# The master user writes, as in a restore: an owner may lack the right to the schema that its own table is in.
subscribe() {
  said=$(
    target_psql "$DATABASE" 2>&1 <<SQL
SET statement_timeout TO '${PATIENCE}s';
CREATE SUBSCRIPTION $REPLICATION CONNECTION 'host=$SOURCE_HOST port=$PORT dbname=$DATABASE user=$REPLICATOR password=$KEY sslmode=$SSLMODE connect_timeout=15 keepalives_idle=30 keepalives_interval=10 keepalives_count=3'
  PUBLICATION $REPLICATION WITH (slot_name = '$REPLICATION', run_as_owner = true);
SQL
  ) || case $said in
    *'statement timeout'*) fail "$LONG_TRANSACTION" ;;
    *) fail "RDS cannot subscribe to the server at $SOURCE_HOST port $PORT: $(printf '%s' "$said" | grep -Ev 'password=|STATEMENT|LINE' | tail -c 600)" ;;
  esac
}

refuse_unless_it_serves
reach_local
alone
reach_target
read_network
BEGUN=yes
doing 'end what another attempt has left'
end_own_sessions
drop_subscription
drop_publisher
doing 'make the roles on RDS'
refuse_foreign_roles
make_roles
doing 'make the database on RDS'
drop_target "$REHEARSAL"
drop_target "$DATABASE"
make_target "$DATABASE"
doing 'publish the tables'
make_replicator
set_identities
publish
doing 'copy the schema'
copy_schema
doing 'subscribe on RDS'
subscribe
unset KEY
answer "{\"schema\":\"$SCHEMA\",\"tls\":$([ "$RULE" = hostssl ] && echo true || echo false),\"tables\":$(local_psql "$DATABASE" -c "SELECT count(*) FROM pg_publication_tables WHERE pubname = '$REPLICATION'")}"
