# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# Which tables a replication carries, by what their rows are told apart, and how much may be done in the freeze as a whole.

# Bytes that may be read and written as a whole while the database is frozen.
FROZEN_BYTES=${FROZEN_BYTES:-67108864}

# The tables whose rows are replicated, as a table expression `own`, to be run in the database. The parts of a partitioned table
# are, not itself; what an extension brings is not. `key` are the columns that tell one row from all others on both sides.
OWN="WITH own AS (
  SELECT c.oid, nspname, relname, format('%I.%I', nspname, relname) AS name, relpersistence, relreplident, key, spaces
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace LEFT JOIN LATERAL (
    SELECT array_agg(attnum ORDER BY place) AS key, array_agg(opcnamespace::regnamespace ORDER BY place) AS spaces
      FROM pg_index CROSS JOIN unnest(indkey::int2[]) WITH ORDINALITY u(attnum, place) JOIN pg_opclass o ON o.oid = indclass[place - 1]
      WHERE indrelid = c.oid AND place <= indnkeyatts AND indisvalid AND indimmediate
        AND CASE relreplident WHEN 'i' THEN indisreplident ELSE indisprimary END) i ON true
  WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)"

