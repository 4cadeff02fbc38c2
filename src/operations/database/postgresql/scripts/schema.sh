# shellcheck shell=sh
# Whether the schema is what it was when it was copied: replication carries rows, and nothing else. It must change nothing.

# What the database is apart from its rows, as one hash: a dump's own text, but for the words that are drawn by lot for each.
schema_hash() {
  as_postgres pg_dump -p "$PORT" -w --quote-all-identifiers --no-subscriptions --no-security-labels --lock-wait-timeout=120s \
    --section=pre-data --section=post-data -B "$DATABASE" >"$FOLDER/schema.sql"
  hash=$(grep -Ev '^\\(un)?restrict ' "$FOLDER/schema.sql" | sha256sum)
  rm -f "$FOLDER/schema.sql"
  echo "${hash%% *}"
}

refuse_changed_schema() {
  now=$(schema_hash)
  if [ "$now" != "$SCHEMA" ]; then
    fail "the schema of the database \"$DATABASE\" has changed since it was copied to RDS (tables, indexes, functions, rights, …), and replication does not carry that; leave it as it is until the move is over, and try again"
  fi
}
