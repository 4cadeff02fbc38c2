# shellcheck shell=sh
# Says whether a database can come back from RDS to the server, before anything costs time or downtime: all that the server
# lacks or the master user cannot read is named at once. A server that the move up has stopped is started, because it has to
# be asked; nothing else is changed.

# What runs while RDS does not serve is no business of the way back.
undo() { if [ "${SERVING:-}" = "$RDS_HOST" ] && [ -e "$RETIRING/started" ]; then stop_started; fi; }

# One sentence for each thing that is wrong on RDS, and the way out.
problems() {
  source_psql "$DATABASE" <<SQL
SET default_transaction_read_only TO on;
SET search_path TO '';
$MOVED, wrong(place, name, words) AS (
  SELECT 10, c.oid::regclass::text, 'tables force row security on their owners, so that the master user cannot read them whole; ALTER TABLE ... NO FORCE ROW LEVEL SECURITY until the move is over'
    FROM pg_class c WHERE relforcerowsecurity
  UNION ALL
  SELECT 20, r.rolname::text, 'the master user can neither read what these roles own nor become a member; GRANT them to it'
    FROM moved JOIN pg_roles r USING (oid) WHERE NOT pg_has_role(oid, 'USAGE') AND NOT ($JOINABLE)
  UNION ALL
  SELECT 21, r.rolname || ' of ' || g.rolname, 'roles are members of roles of RDS that the server does not have; REVOKE it'
    FROM moved JOIN pg_auth_members m ON m.member = moved.oid JOIN pg_roles r ON r.oid = moved.oid JOIN pg_roles g ON g.oid = m.roleid
    WHERE g.rolname ~ '^rds'
  UNION ALL
  SELECT 22, coalesce(nullif(application_name, ''), 'without a name'), 'the master user is connected to the database; the app must not connect as master user, who becomes a role without login: give it a role of its own'
    FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user AND backend_type = 'client backend' AND application_name <> '$PGAPPNAME'
  UNION ALL
  SELECT 30, s.subname::text, 'subscriptions would stay behind; drop them' FROM pg_subscription s JOIN here ON s.subdbid = here.oid
  UNION ALL
  SELECT 31, s.srvname::text, 'foreign servers are reached by passwords that the master user cannot read; drop them' FROM pg_foreign_server s
  UNION ALL
  SELECT 32, slot_name::text, 'replication slots are read by somebody who would miss what comes; end that and drop them'
    FROM pg_replication_slots WHERE database = current_database()
  UNION ALL
  SELECT 33, gid, 'prepared transactions wait for their second phase; commit them or roll them back'
    FROM pg_prepared_xacts WHERE database = current_database()
  UNION ALL
  SELECT 40, datname::text, 'other databases on RDS would stay behind and go with it; move them away or drop them'
    FROM pg_database WHERE NOT datistemplate AND datname NOT IN (current_database(), 'postgres', 'rdsadmin', '$REHEARSAL')
)
SELECT words || ': ' || array_to_string((array_agg(DISTINCT name))[1:10], ', ')
    || CASE WHEN count(DISTINCT name) > 10 THEN ' and ' || count(DISTINCT name) - 10 || ' more' ELSE '' END
  FROM wrong GROUP BY place, words ORDER BY place;
SQL
}

room_problems() {
  data=$(local_psql postgres -c 'SHOW data_directory')
  # shellcheck disable=SC2046 # Two figures.
  set -- $(times_needed "$data")
  local_psql postgres <<SQL
SELECT format('%s needs %s times the %s of the database and has %s free; grow the volume', place, times, pg_size_pretty(bytes), pg_size_pretty(free::bigint))
  FROM (VALUES ('$SCRATCH', $1, $FREE), ('$data', $2, $(free_bytes "$data"))) room(place, times, free), (VALUES ($(bytes_on_rds)::bigint)) size(bytes)
  WHERE free < times * bytes;
SQL
}
bytes_on_rds() { source_psql "$DATABASE" -c 'SELECT pg_database_size(current_database())'; }

place_problems() {
  case $(standing) in
    stranger) echo "the database \"$DATABASE\" on the server is neither empty nor the one that the move to RDS has left; it is not touched: drop it, or move its objects away" ;;
    frozen)
      [ "$(local_psql postgres -c "SELECT count(*) FROM pg_database WHERE datname = '$ASIDE'")" = 0 ] ||
        echo "the database \"$ASIDE\" on the server has the name that the old \"$DATABASE\" gets; drop or rename it"
      ;;
  esac
}

# The roles whose passwords will be those of the server.
logins() {
  source_psql "$DATABASE" <<SQL
$MOVED SELECT coalesce(json_agg(rolname ORDER BY rolname), '[]') FROM (SELECT rolname FROM pg_roles JOIN moved USING (oid) WHERE rolcanlogin ORDER BY 1 LIMIT 20) named;
SQL
}

refuse_unless_it_serves
wake_server
reach_source
alone
reach_target
doing 'inspect the database'
FREE=$(free_bytes "$ROOT$SCRATCH")
WRONG=$FOLDER/problems
problems >"$WRONG"
SOURCE_MAJOR=$(major_of source_psql)
if [ "$SOURCE_MAJOR" -gt "$TARGET_MAJOR" ]; then
  echo "RDS runs PostgreSQL $SOURCE_MAJOR and the server $TARGET_MAJOR, which reads no newer dump; install PostgreSQL $SOURCE_MAJOR on the server" >>"$WRONG"
fi
{
  missing_extensions | awk 'NF { print "the server does not offer these extensions: " $0 "; drop them, or install them on the server" }'
  role_problems
  place_problems
  room_problems
} >>"$WRONG"
if [ -s "$WRONG" ]; then
  fail "the database cannot come back to the server as it is: $(awk '{ printf "%s(%d) %s", (NR > 1 ? "; " : ""), NR, $0 }' "$WRONG" | cut -c 1-3000)"
fi
FACTS=$(facts | tr -d '\n')
answer "${FACTS%\}},\"logins\":$(logins)}"
