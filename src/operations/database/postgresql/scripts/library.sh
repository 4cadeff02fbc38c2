# shellcheck shell=sh
# shellcheck disable=SC2034,SC2153 # The steps use what is set here, and the operator sets what is used.
# What all steps of a PostgreSQL move share: how both servers are reached, what counts as frozen, and which roles move. It
# comes after the prelude and before the step. Source and target are the server and RDS, in this order; the way back turns
# them round. It must change neither server by itself.

case $DATABASE in
  '' | [!A-Za-z]* | *[!A-Za-z0-9_]*) fail "\"$DATABASE\" is no name that a database can have on RDS" ;;
esac
# Long names end at 63 characters, and a cut name would be that of the database itself.
REHEARSAL=$(printf '%.53s' "$DATABASE")_rehearsal
SOURCE_NAME='the server' TARGET_NAME=RDS OFFER_MORE='choose another spec.database.rds.engineVersion'
# What we note in comments stands behind what people wrote there.
MARK='scalingtier: copied from the server'
MASTER_MARK='scalingtier: the master user of RDS'
PGAPPNAME=scalingtier PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=15
# Settings of the database or a role must not reach these sessions: above all no schema of the app's before PostgreSQL's own.
PGOPTIONS='-c search_path=pg_catalog -c default_transaction_read_only=off -c datestyle=ISO -c client_min_messages=warning'
PGOPTIONS="$PGOPTIONS -c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c synchronous_commit=local"
export PGAPPNAME PGCLIENTENCODING PGCONNECT_TIMEOUT PGOPTIONS

# Packages put the tools into folders that not everybody searches.
command -v psql >/dev/null || PATH=$PATH$(printf ':%s' "$ROOT"/usr/pgsql-*/bin "$ROOT"/usr/lib/postgresql/*/bin)

# A comment without what we note in it: people_wrote <comment>.
people_wrote() { echo "nullif(regexp_replace(coalesce($1, ''), '(; )?scalingtier: .*\$', ''), '')"; }

as_postgres() { runuser -u postgres -- "$@"; }

# A client of the local server, as its superuser: local_psql <database> [options].
local_psql() {
  database=$1
  shift
  as_postgres psql -X -w -q -A -t -v ON_ERROR_STOP=1 -v VERBOSITY=terse -p "$PORT" -d "$database" "$@"
}

# Runs a program as the local server's superuser.
on_local() (
  PGPORT=$PORT
  export PGPORT
  as_postgres "$@"
)

# Runs a program with everything that a client needs to reach RDS. A subshell, so that nothing of it meets the local server.
on_rds() (
  unset PGHOSTADDR PGSERVICE PGREQUIREAUTH PGREQUIREPEER PGTARGETSESSIONATTRS
  PGHOST=$RDS_HOST PGPORT=$RDS_PORT PGUSER=$SECRET_USER PGPASSWORD=$SECRET_PASSWORD PGSSLMODE=require
  # With `require`, a file of certificates that happens to be there would be obeyed.
  PGSSLROOTCERT=/nonexistent PGPASSFILE=/nonexistent
  export PGHOST PGPORT PGUSER PGPASSWORD PGSSLMODE PGSSLROOTCERT PGPASSFILE
  exec "$@"
)

# A database, as clients name it; a peer that is gone is noticed within a minute.
on_wire() { echo "dbname=$1 keepalives_idle=30 keepalives_interval=10 keepalives_count=3"; }

# A client of RDS, as its master user: rds_psql <database> [options].
rds_psql() {
  database=$1
  shift
  on_rds psql -X -w -q -A -t -v ON_ERROR_STOP=1 -v VERBOSITY=terse -d "$(on_wire "$database")" "$@"
}

source_psql() { local_psql "$@"; }
target_psql() { rds_psql "$@"; }
on_source() { on_local "$@"; }
on_target() { on_rds "$@"; }

# Makes sure that the local server answers, and takes the tools of its own version.
reach_server() {
  doing 'reach the database on the server'
  if ! postmaster=$(local_psql postgres -c "SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)"); then
    fail "the PostgreSQL server does not answer at port $PORT as user postgres: $(said)"
  fi
  program=$(readlink "/proc/$postmaster/exe") || program=
  if [ -n "$program" ] && [ -x "${program%/*}/pg_dump" ]; then PATH=${program%/*}:$PATH; fi
}

reach_local() {
  reach_server
  [ "$(local_psql postgres -c "SELECT count(*) FROM pg_database WHERE datname = '$DATABASE'")" = 1 ] ||
    fail "there is no database \"$DATABASE\" on the server; spec.database.name must name the application's database"
}

reach_rds() {
  secret "$SECRET_ARN"
  doing 'reach the database on RDS'
  rds_psql postgres -c 'SELECT' >/dev/null
}

reach_source() { reach_local; }
reach_target() {
  reach_rds
  TARGET_MAJOR=$(major_of target_psql)
}

# A query of the source that may name the master user.
ask_source() { source_psql "$DATABASE" -v master="$SECRET_USER" -v major="$TARGET_MAJOR" "$@"; }

# The major version of a server, asked by the client that is named.
major_of() { "$1" postgres -c "SELECT current_setting('server_version_num')::int / 10000"; }

local_limit() { local_psql postgres -c "SELECT datconnlimit FROM pg_database WHERE datname = '$DATABASE'"; }

# The limit of before our own freeze. It stands in the catalog beside the limit itself, so that it goes wherever the data go.
remembered_limit() {
  local_psql postgres <<SQL
SELECT split_part(setting, '=', 2) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(setconfig) setting
  WHERE s.setrole = 0 AND datname = '$DATABASE' AND starts_with(setting, 'scalingtier.connection_limit=');
SQL
}

# Frozen: taken from everybody but superusers by our own freeze.
is_frozen() { [ -n "$(remembered_limit)" ] && [ "$(local_limit)" = 0 ]; }

# What is done with a frozen database holds for the freeze that it was begun after.
refuse_unless_frozen() {
  if ! is_frozen; then fail "the database \"$DATABASE\" on $SOURCE_NAME is not frozen"; fi
  if [ "$(sessions)" != 0 ]; then fail "somebody is connected to the frozen database \"$DATABASE\" and could write: only a superuser or the master user can be"; fi
  # The position would lie ahead of a server that was set back since.
  if [ "$(source_psql postgres -c "SELECT pg_current_wal_lsn() >= '$POSITION'::pg_lsn")" != t ]; then
    fail "$SOURCE_NAME is behind the position of the freeze, $POSITION: its data were replaced since"
  fi
}

# The role by which RDS reads along while a database is replicated. It is no role of the app's, and a freeze leaves it: what
# was written before has to get to RDS.
REPLICATOR=scalingtier_replication
READER="backend_type = 'walsender' AND coalesce(usename, '') = '$REPLICATOR'"

# Our own clients, and who else cannot be kept out: a condition on sessions and their roles.
OURSELVES="(application_name = '$PGAPPNAME' AND coalesce(rolsuper, false)) OR ($READER)"

# How many others are connected to the database.
sessions() {
  source_psql postgres <<SQL
SELECT count(*) FROM pg_stat_activity LEFT JOIN pg_roles ON rolname = usename
  WHERE datname = '$DATABASE' AND backend_type IN ('client backend', 'walsender', 'parallel worker') AND NOT ($OURSELVES);
SQL
}

# A role of a server whose things are the master user's on RDS: RDS has no superusers, and only one master user.
BECOMES_MASTER="(rolsuper OR coalesce(shobj_description(oid, 'pg_authid'), '') LIKE '%$MASTER_MARK')"

# The roles that move, as a table expression `moved(oid)`, to be run in the database: whoever of the ordinary ones may log in,
# owns something, has rights or settings there, and the groups of these.
set_moved() {
  MOVED="WITH RECURSIVE ordinary AS (
  SELECT oid FROM pg_roles WHERE $1
), here AS (
  SELECT oid FROM pg_database WHERE datname = current_database()
), moved(oid) AS (
  SELECT r.oid FROM pg_roles r JOIN ordinary USING (oid), here WHERE r.rolcanlogin
    OR EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
      AND (d.dbid = here.oid OR (d.dbid = 0 AND d.classid = 'pg_database'::regclass AND d.objid = here.oid)))
    OR EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setrole = r.oid AND s.setdatabase = here.oid)
  UNION
  SELECT m.roleid FROM pg_auth_members m JOIN moved ON m.member = moved.oid JOIN ordinary ON ordinary.oid = m.roleid
)"
}
set_moved "NOT $BECOMES_MASTER AND rolname !~ '^pg_' AND rolname <> '$REPLICATOR'"
