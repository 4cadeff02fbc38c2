# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# Which tables a replication cannot tell rows apart in, and how much may be read in the freeze as a whole.

# Bytes that may be read as a whole while the database is frozen.
FROZEN_BYTES=${FROZEN_BYTES:-33554432}

# The tables without a key, with their size.
LOOSE="SELECT TABLE_NAME AS name, DATA_LENGTH + INDEX_LENGTH AS bytes FROM information_schema.TABLES t WHERE TABLE_SCHEMA = '$DATABASE' AND TABLE_TYPE = 'BASE TABLE'
  AND NOT EXISTS (SELECT 1 FROM information_schema.STATISTICS s WHERE s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME AND NON_UNIQUE = 0
    GROUP BY INDEX_NAME HAVING SUM(NULLABLE = 'YES' OR COLUMN_NAME IS NULL) = 0)"

# The smallest tables, as many as the freeze has time for, those without a key before them.
FROZEN="TABLE_NAME IN (SELECT name FROM (SELECT TABLE_NAME AS name, SUM(DATA_LENGTH + INDEX_LENGTH) OVER (ORDER BY TABLE_NAME NOT IN (SELECT name FROM ($LOOSE) loose), DATA_LENGTH + INDEX_LENGTH, TABLE_NAME) AS total
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$DATABASE' AND TABLE_TYPE = 'BASE TABLE') sized WHERE total <= $FROZEN_BYTES)"
