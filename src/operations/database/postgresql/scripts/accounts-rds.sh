# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# How roles and a database on RDS get what they are apart from the contents, and the right to log in last of all. It must not let
# anybody connect before the copy is whole.

# Roles take their passwords along, and log in when the copy is whole.
ROLES=pg_authid ROLE_LOGIN="'NOLOGIN'" ROLE_PASSWORD="'PASSWORD ' || coalesce(quote_literal(rolpassword), 'NULL')"

# Roles that were made for the copy are members only where an earlier attempt made them so.
end_memberships() { :; }

limit_connections() { target_psql postgres -c "ALTER DATABASE \"$DATABASE\" CONNECTION LIMIT $(remembered_limit)"; }

open_roles() {
  ask_source >"$FOLDER/open.sql" <<SQL
$MOVED SELECT format('ALTER ROLE %I LOGIN;', rolname) FROM pg_roles JOIN moved USING (oid) WHERE rolcanlogin;
SQL
  { echo 'BEGIN;' && cat "$FOLDER/open.sql" && echo 'COMMIT;'; } | target_psql postgres
}
