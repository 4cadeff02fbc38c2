# shellcheck shell=sh
# shellcheck disable=SC2034 # The inventory uses what is set here.
# Whether the schema is what it was when it was copied. MySQL replicates other schemas too, but not everything about them arrives as
# it is: what administrators define, and accounts. It must change nothing.

# What the database is apart from its rows, as one hash: objects but for events, which go by themselves when they are over, and names of
# accounts.
schema_hash() {
  SAME=1
  inventory >"$FOLDER/inventory.sql"
  source_mysql --database="$DATABASE" <"$FOLDER/inventory.sql" >"$FOLDER/inventory"
  hash=$(grep -Ev '^(next value|event|login)	' "$FOLDER/inventory" | LC_ALL=C sort | cat - "$FOLDER/accounts.now" | sha256sum)
  echo "${hash%% *}"
}

names_of_accounts() { source_mysql -e "SELECT $ACCOUNT FROM mysql.user u WHERE $MOVED ORDER BY User, Host" >"$FOLDER/accounts.now"; }

# Sets SCHEMA_NOW.
read_schema() {
  names_of_accounts
  SCHEMA_NOW=$(schema_hash)
}

refuse_changed_schema() {
  read_schema
  if [ "$SCHEMA_NOW" != "$SCHEMA" ]; then
    fail "the schema of the database \"$DATABASE\" has changed since it was copied to RDS (tables, indexes, routines, accounts, …); leave it as it is until the move is over, and try again"
  fi
}
