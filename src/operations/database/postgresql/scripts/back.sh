# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# Turns the sides round: the source is RDS, asked by its master user, who is no superuser, and the target is the server. It
# comes after the library. It must not change either side by itself.

SOURCE_NAME=RDS TARGET_NAME='the server' OFFER_MORE='install them on the server'
MARK='scalingtier: copied from RDS'
LENT='scalingtier: lent to the master user'
# The frozen database of the move up, while its place is taken.
ASIDE=$(printf '%.55s' "$DATABASE")_retired
OURSELVES="coalesce(rolsuper, false) OR (application_name = '$PGAPPNAME' AND usename = current_user)"
# RDS has roles of its own, and the master user becomes a role without rights to log in.
set_moved "NOT rolsuper AND rolname <> current_user AND rolname !~ '^(pg_|rds)'"

source_psql() { rds_psql "$@"; }
target_psql() { local_psql "$@"; }
on_source() { on_rds "$@"; }
on_target() { on_local "$@"; }

# The server comes first: the tools are there.
reach_source() {
  pg_restore --version >/dev/null ||
    fail "PostgreSQL is not installed on the server; install its server and its client programs, version ${RDS_VERSION%%.*} or later, and start it at port $PORT"
  reach_server
  reach_rds
  [ "$(source_psql postgres -c "SELECT count(*) FROM pg_database WHERE datname = '$DATABASE'")" = 1 ] ||
    fail "there is no database \"$DATABASE\" on RDS; spec.database.name must name the application's database"
}

reach_target() { TARGET_MAJOR=$(major_of target_psql); }

refuse_unless_it_serves() {
  read_pointer
  if [ "$SERVING" != "$RDS_HOST" ]; then fail "the pointer $POINTER names $SERVING and not $RDS_HOST: RDS does not serve"; fi
}

# Who may connect although the database is closed, apart from the master user.
admitted() {
  source_psql postgres <<SQL
SELECT string_agg(rolname, ', ' ORDER BY rolname) FROM pg_roles
  WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user AND has_database_privilege(oid, '$DATABASE', 'CONNECT');
SQL
}

is_closed() { [ "$(source_psql postgres -c "SELECT strpos(coalesce(shobj_description(oid, 'pg_database'), ''), '$CLOSED') > 0 FROM pg_database WHERE datname = '$DATABASE'")" = t ]; }

# The database on the server is frozen as ever; the one on RDS is, when our own freeze took it from everybody.
is_frozen() { is_closed && [ -z "$(admitted)" ]; }

# What stands on the server under the database's name: nothing, a copy of ours from RDS, the frozen database of the move up,
# something empty, or something else.
standing() {
  if [ "$(local_limit)" = '' ]; then echo nothing; return; fi
  marked=$(local_psql postgres -c "SELECT coalesce(shobj_description(oid, 'pg_database'), '') LIKE '%$MARK' FROM pg_database WHERE datname = '$DATABASE'")
  if [ "$marked" = t ]; then
    echo copy
  elif [ -n "$(remembered_limit)" ] && [ "$(local_limit)" = 0 ]; then
    echo frozen
  elif [ "$(objects_in "$DATABASE")" = 0 ]; then
    echo empty
  else
    echo stranger
  fi
}

# How many databases of the move up stand aside: that the freeze's mark is there says that it is ours.
aside() {
  local_psql postgres <<SQL
SELECT count(*) FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0, unnest(setconfig) setting
  WHERE datname = '$ASIDE' AND datconnlimit = 0 AND starts_with(setting, 'scalingtier.connection_limit=');
SQL
}

# The master user reads and closes what it is a member of. Roles that others made, or that it made itself, it has to join
# first; that is noted, so that it ends with the move.
# Up to version 15 whoever may make roles may join any.
JOINABLE="(current_setting('server_version_num')::int < 160000 OR pg_has_role(oid, 'MEMBER WITH ADMIN OPTION'))
  AND NOT pg_has_role(rolname, current_user, 'MEMBER')"
join_roles() {
  source_psql "$DATABASE" >/dev/null <<SQL
BEGIN;
$MOVED SELECT format('COMMENT ON ROLE %I IS %L; GRANT %1\$I TO CURRENT_USER', rolname, concat_ws('; ', shobj_description(oid, 'pg_authid'), '$LENT'))
  FROM pg_roles JOIN moved USING (oid) WHERE NOT pg_has_role(oid, 'USAGE') AND $JOINABLE \gexec
COMMIT;
SQL
}

leave_roles() {
  source_psql postgres >/dev/null <<SQL
BEGIN;
SELECT format('REVOKE %I FROM CURRENT_USER', rolname),
    format('COMMENT ON ROLE %I IS %L', rolname, nullif(regexp_replace(shobj_description(oid, 'pg_authid'), '(; )?$LENT\$', ''), ''))
  FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE '%$LENT' \gexec
COMMIT;
SQL
}
