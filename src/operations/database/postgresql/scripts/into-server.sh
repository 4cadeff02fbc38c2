# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# How a dump gets into a database on the server, restored by its superuser. Nobody else is let in before the move opens it.
# It must not give a role more than it had on RDS, and must not touch what stands on the server and is not ours.

CREATION=' CONNECTION LIMIT 0'
ROLES=pg_roles ROLE_LOGIN="CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END" ROLE_PASSWORD="''"

refuse_foreign_roles() {
  wrong=$(role_problems)
  if [ -n "$wrong" ]; then fail "$wrong"; fi
}

# Makes the roles that are new since, which do not log in, and one that stands for the master user and is a member of all, as
# that is. The next move up knows it.
make_roles() {
  join_roles
  ask_source >"$FOLDER/roles.sql" <<SQL
$MOVED, wanted(name, comment) AS (
  SELECT rolname, $(people_wrote "shobj_description(oid, 'pg_authid')") FROM pg_roles JOIN moved USING (oid) UNION ALL
  SELECT current_user, '$MASTER_MARK'
)
SELECT format('SELECT %L, %L WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %L) ', format('CREATE ROLE %I', name),
    format('COMMENT ON ROLE %I IS %L', name, comment), name) || chr(92) || 'gexec'
FROM wanted ORDER BY name;
$MOVED SELECT format('SELECT %L FROM pg_roles WHERE rolname = %L AND NOT rolsuper ', format('GRANT %I TO %I', rolname, current_user), current_user)
  || chr(92) || 'gexec'
FROM pg_roles JOIN moved USING (oid) ORDER BY rolname;
SQL
  { echo 'BEGIN;' && cat "$FOLDER/roles.sql" && echo 'COMMIT;'; } | target_psql postgres
}

# Who is no member any more on RDS shall be none on the server.
end_memberships() {
  {
    echo 'BEGIN; CREATE TEMP TABLE moved (name name) ON COMMIT DROP;'
    ask_source <<SQL
$MOVED SELECT format('INSERT INTO moved VALUES (%L);', rolname) FROM pg_roles JOIN moved USING (oid);
SQL
    cat <<'SQL'
SELECT format('REVOKE %I FROM %I GRANTED BY %I CASCADE', g.rolname, r.rolname, pg_get_userbyid(grantor))
  FROM pg_auth_members JOIN pg_roles r ON r.oid = member JOIN pg_roles g ON g.oid = roleid
  WHERE r.rolname IN (SELECT name FROM moved) AND (g.rolname IN (SELECT name FROM moved) OR g.rolname ~ '^pg_') \gexec
COMMIT;
SQL
  } >"$FOLDER/members.sql"
  target_psql postgres <"$FOLDER/members.sql"
}

# Makes room for the copy; the database of the move up is kept until the way back is over.
clear_place() {
  if [ "$(standing)" = frozen ]; then local_psql postgres -c "ALTER DATABASE \"$DATABASE\" RENAME TO \"$ASIDE\""; fi
  drop_target "$DATABASE"
}

# Side by side everything but rights, which are given on by those that were given them before, and what needs rights.
restore_into() {
  late='^[0-9]+; [0-9]+ [0-9]+ ((DEFAULT )?ACL|MATERIALIZED VIEW DATA) '
  pg_restore -l "$DUMP/data" >"$FOLDER/contents"
  awk -v late="$late" -v folder="$DUMP/" '{ print >(folder ($0 ~ late ? "late" : "first")) }' "$FOLDER/contents"
  : >>"$DUMP/late"
  chown "$(as_postgres id -u)" "$DUMP/first" "$DUMP/late"
  restore_part "$1" first 2
  restore_part "$1" late 1
  target_psql "$1" -c 'ANALYZE'
}

# restore_part <database> <part> <jobs>
restore_part() {
  on_target pg_restore -w -d "$(on_wire "$1")" --exit-on-error --no-tablespaces -j "$3" -L "$DUMP/$2" "$DUMP/data"
}

# What the limit will be is remembered as by a freeze: opening the copy is giving it back.
limit_connections() {
  limit=$(source_psql postgres -c "SELECT datconnlimit FROM pg_database WHERE datname = '$DATABASE'")
  local_psql postgres -c "ALTER DATABASE \"$DATABASE\" SET scalingtier.connection_limit TO '$limit'; ALTER DATABASE \"$DATABASE\" CONNECTION LIMIT 0"
}

open_roles() { :; }
