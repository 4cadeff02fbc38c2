# shellcheck shell=sh
# Says whether a database can move to RDS, before anything costs time or downtime: all that RDS would refuse, or that the
# app would miss there, is named at once. It must change nothing. Locale and encoding are not looked at: the target gets
# the same, and the rehearsal shows whether it has them.

# The extensions of RDS for PostgreSQL that need no parameter of their own to be created: "Extension versions for Amazon RDS
# for PostgreSQL", docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-extensions.html.
OFFERED='address_standardizer address_standardizer_data_us amcheck autoinc aws_commons aws_lambda aws_s3 bloom bool_plperl
btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance flow_control fuzzystrmatch h3 h3_postgis hll hstore
hstore_plperl hypopg insert_username intagg intarray ip4r isn jsonb_plperl lo log_fdw ltree moddatetime mysql_fdw old_snapshot
oracle_fdw orafce pageinspect pg_bigm pg_buffercache pg_freespacemap pg_logicalinspect pg_partman pg_prewarm pg_proctab
pg_repack pg_similarity pg_stat_statements pg_transport pg_trgm pg_visibility pg_walinspect pgcrypto pgrouting pgrowlocks
pgstattuple pgtap plcoffee plls plperl plpgsql plprofiler pltcl plv8 postgis postgis_raster postgis_tiger_geocoder
postgis_topology postgres_fdw prefix rdkit refint seg sslinfo tablefunc tcn tds_fdw test_parser tsm_system_rows
tsm_system_time unaccent uuid-ossp vector xml2'

# One sentence for each thing that is wrong, and the way out.
problems() {
  local_psql "$DATABASE" -v offered="$(echo "$OFFERED" | tr '\n' ' ')" <<SQL
SET default_transaction_read_only TO on;
SET search_path TO '';
$MOVED, extended AS (
  -- Also what comes with a type or a table by itself.
  SELECT classid, objid FROM pg_depend WHERE deptype IN ('e', 'i') AND objsubid = 0
), added AS (
  SELECT 'pg_proc'::regclass AS classid, oid FROM pg_proc UNION ALL
  SELECT 'pg_type'::regclass, oid FROM pg_type UNION ALL
  SELECT 'pg_cast'::regclass, oid FROM pg_cast UNION ALL
  SELECT 'pg_opclass'::regclass, oid FROM pg_opclass UNION ALL
  SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily UNION ALL
  SELECT 'pg_language'::regclass, oid FROM pg_language UNION ALL
  SELECT 'pg_am'::regclass, oid FROM pg_am UNION ALL
  SELECT 'pg_ts_parser'::regclass, oid FROM pg_ts_parser UNION ALL
  SELECT 'pg_ts_template'::regclass, oid FROM pg_ts_template UNION ALL
  SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger UNION ALL
  SELECT 'pg_foreign_server'::regclass, oid FROM pg_foreign_server UNION ALL
  SELECT 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper
), own AS (
  -- What users made themselves: neither PostgreSQL nor an extension.
  SELECT classid, oid FROM added WHERE oid >= 16384 AND (classid, oid) NOT IN (SELECT * FROM extended)
), wrong(place, name, words) AS (
  SELECT 10, extname::text, 'RDS does not offer these extensions, or only with parameters of your own; drop them, or create them on RDS yourself after the move'
    FROM pg_extension WHERE extname <> ALL (string_to_array(:'offered', ' '))
  UNION ALL
  SELECT 20, own.oid::regprocedure::text, 'functions in a language that RDS does not trust; write them in another or drop them'
    FROM own JOIN pg_proc p USING (oid) JOIN pg_language l ON l.oid = p.prolang
    WHERE own.classid = 'pg_proc'::regclass AND p.prokind <> 'a' AND NOT l.lanpltrusted
  UNION ALL
  SELECT 21, own.oid::regprocedure::text, 'functions marked LEAKPROOF, which only a superuser may; ALTER FUNCTION ... NOT LEAKPROOF'
    FROM own JOIN pg_proc p USING (oid) WHERE own.classid = 'pg_proc'::regclass AND p.proleakproof
  UNION ALL
  SELECT 22, o.type || ' ' || o.identity, 'objects that only a superuser may create; drop them, or get them from an extension'
    FROM own LEFT JOIN pg_type t ON own.classid = 'pg_type'::regclass AND t.oid = own.oid
      LEFT JOIN pg_cast c ON own.classid = 'pg_cast'::regclass AND c.oid = own.oid,
      pg_identify_object(own.classid, own.oid, 0) o
    WHERE own.classid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_language'::regclass, 'pg_am'::regclass,
        'pg_ts_parser'::regclass, 'pg_ts_template'::regclass, 'pg_foreign_data_wrapper'::regclass)
      OR (t.typtype = 'b' AND t.typelem = 0)
      OR c.castmethod = 'b' OR (c.castsource < 16384 AND c.casttarget < 16384)
  UNION ALL
  SELECT 30, c.oid::regclass::text, 'relations in tablespaces of their own; ALTER ... SET TABLESPACE pg_default'
    FROM pg_class c WHERE c.oid >= 16384 AND c.reltablespace <> 0
  UNION ALL
  SELECT 31, t.spcname::text, 'the database is in a tablespace of its own; ALTER DATABASE ... SET TABLESPACE pg_default'
    FROM pg_tablespace t JOIN pg_database d ON d.dattablespace = t.oid
    WHERE d.datname = current_database() AND t.spcname <> 'pg_default'
  UNION ALL
  SELECT 40, e.evtname::text, 'event triggers need a superuser; drop them'
    FROM own JOIN pg_event_trigger e USING (oid) WHERE own.classid = 'pg_event_trigger'::regclass
  UNION ALL
  SELECT 41, s.subname::text, 'subscriptions would stay behind; drop them' FROM pg_subscription s JOIN here ON s.subdbid = here.oid
  UNION ALL
  SELECT 42, s.srvname::text, 'foreign servers would not be reached from RDS; drop them' FROM pg_foreign_server s
  UNION ALL
  SELECT 43, pubname::text, 'publications FOR ALL TABLES need a superuser; name the tables' FROM pg_publication WHERE puballtables
  UNION ALL
  SELECT 44, slot_name::text, 'replication slots are read by somebody who would miss what comes; end that and drop them'
    FROM pg_replication_slots WHERE database = current_database()
  UNION ALL
  SELECT 45, l.provider || ' on ' || l.objname, 'security labels are not known to RDS; remove them' FROM pg_seclabels l
  UNION ALL
  SELECT 50, gid, 'prepared transactions wait for their second phase; commit them or roll them back'
    FROM pg_prepared_xacts WHERE database = current_database()
  UNION ALL
  SELECT 60, usename || coalesce(' (' || nullif(application_name, '') || ')', ''),
      'superusers are connected to the database; the app must not connect as superuser, which RDS does not have: give it a role of its own'
    FROM pg_stat_activity JOIN pg_roles ON rolname = usename
    WHERE datname = current_database() AND rolsuper AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  UNION ALL
  SELECT 61, r.rolname::text, 'roles are members of a superuser or of a role that reads or runs files of the server; REVOKE it'
    FROM moved JOIN pg_auth_members m ON m.member = moved.oid JOIN pg_roles r ON r.oid = moved.oid JOIN pg_roles g ON g.oid = m.roleid
    WHERE g.rolsuper OR g.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
  UNION ALL
  SELECT 62, r.rolname::text, 'roles have BYPASSRLS, which RDS does not grant, and there are tables with row security; give them policies'
    FROM moved JOIN pg_roles r USING (oid) WHERE r.rolbypassrls AND EXISTS (SELECT FROM pg_class WHERE relrowsecurity)
  UNION ALL
  SELECT 63, r.rolname::text, 'roles have names that RDS keeps for itself; rename them'
    FROM moved JOIN pg_roles r USING (oid) WHERE r.rolname ~ '^rds'
)
SELECT words || ': ' || array_to_string((array_agg(DISTINCT name))[1:10], ', ')
    || CASE WHEN count(DISTINCT name) > 10 THEN ' and ' || count(DISTINCT name) - 10 || ' more' ELSE '' END
  FROM wrong GROUP BY place, words ORDER BY place;
SQL
}

reach_local
doing 'inspect the database'
FREE=$(free_bytes "$ROOT$SCRATCH")
WRONG=$FOLDER/problems
problems >"$WRONG"
MAJOR=$(local_psql "$DATABASE" -c "SELECT current_setting('server_version_num')::int / 10000")
if [ "$MAJOR" -gt "${RDS_VERSION%%.*}" ]; then
  echo "the server runs PostgreSQL $MAJOR and RDS would run $RDS_VERSION, which reads no newer dump; raise spec.database.rds.engineVersion" >>"$WRONG"
fi
# Only a dump of the operator's own lies on the volume.
[ "${METHOD:-DumpRestore}" != DumpRestore ] || local_psql "$DATABASE" -v free="$FREE" >>"$WRONG" <<SQL
SELECT format('the dump needs up to 1.2 times the %s of the database and $SCRATCH has %s free; grow the volume',
    pg_size_pretty(pg_database_size(current_database())), pg_size_pretty(:free::bigint))
  WHERE :free < 1.2 * pg_database_size(current_database());
SQL
if [ -s "$WRONG" ]; then
  fail "the database cannot move to RDS as it is: $(awk '{ printf "%s(%d) %s", (NR > 1 ? "; " : ""), NR, $0 }' "$WRONG" | cut -c 1-3000)"
fi
answer "$(facts | tr -d '\n')"
