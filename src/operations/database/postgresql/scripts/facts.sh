# shellcheck shell=sh
# What people are told of the database that is to move: counts and names, in JSON. It must change nothing.

# What the database is, as JSON.
facts() {
  source_psql "$DATABASE" -v free="$FREE" <<'SQL'
SET default_transaction_read_only TO on;
WITH extended AS (
  SELECT classid, objid FROM pg_depend WHERE deptype IN ('e', 'i') AND objsubid = 0
), relations AS (
  SELECT c.* FROM pg_class c WHERE c.oid >= 16384 AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_')
    AND ('pg_class'::regclass, c.oid) NOT IN (SELECT * FROM extended)
), owners AS (
  SELECT relowner AS owner FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'S') UNION ALL
  SELECT proowner FROM pg_proc WHERE oid >= 16384 AND ('pg_proc'::regclass, oid) NOT IN (SELECT * FROM extended) UNION ALL
  SELECT nspowner FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_' AND ('pg_namespace'::regclass, oid) NOT IN (SELECT * FROM extended)
)
SELECT json_build_object(
  'bytes', pg_database_size(current_database()),
  'tables', (SELECT count(*) FROM relations WHERE relkind IN ('r', 'p')),
  'rows', (SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM relations WHERE relkind = 'r'),
  'largeObjects', (SELECT count(*) FROM pg_largeobject_metadata),
  'extensions', (SELECT json_agg(extname ORDER BY extname) FROM pg_extension),
  'tablesWithoutKey', (SELECT count(*) FROM relations r WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.oid AND i.indisprimary)),
  'ownedBySuperuser', (SELECT count(*) FROM owners JOIN pg_roles ON pg_roles.oid = owner WHERE rolsuper),
  'version', split_part(current_setting('server_version'), ' ', 1),
  'freeBytes', :free);
SQL
}
