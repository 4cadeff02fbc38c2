# shellcheck shell=sh
# shellcheck disable=SC2016 # Backquotes are MySQL's.
# How the contents of a database are read, from source and target the same way. Comparison and rehearsal share it, so that what was
# measured is what is done. It must not change either side.

ROWS_LIMIT=${ROWS_LIMIT:-1000000}
# Which tables are read, as a condition on `information_schema.TABLES`: all of them.
CHOSEN='1 = 1'

# The contents: rows and an order-independent checksum of each table. Each value is hashed for itself, so that no text grows too long
# for the server. Tables above the limit are summed over a hundredth of their rows, which their keys choose.
contents() {
  source_mysql <<SQL
SELECT CONCAT('SELECT ''rows'', ', QUOTE(REGEXP_REPLACE(TABLE_NAME, '[\t\n\r]', ' ')), ', n, COALESCE(IF(n <= $ROWS_LIMIT, (SELECT ', total, ' FROM ', quoted,
    '), (SELECT ', total, ' FROM ', quoted, ' WHERE CONV(LEFT(SHA2(CONCAT_WS('','', ', COALESCE(chosen, hashes), '), 256), 8), 16, 10) % 100 = 0)), 0)',
    ' FROM (SELECT COUNT(*) AS n FROM ', quoted, ') counted;')
  FROM (
    SELECT TABLE_NAME, CONCAT('\`', REPLACE(TABLE_NAME, '\`', '\`\`'), '\`') AS quoted, hashes, chosen,
      CONCAT('CONCAT(COUNT(*), '':'', SUM(CAST(CONV(LEFT(SHA2(CONCAT_WS('','', ', hashes, '), 256), 15), 16, 10) AS DECIMAL(20))))') AS total
    FROM (
      SELECT TABLE_NAME, GROUP_CONCAT(hash ORDER BY ORDINAL_POSITION SEPARATOR ', ') AS hashes,
        GROUP_CONCAT(IF(COLUMN_KEY = 'PRI', hash, NULL) ORDER BY ORDINAL_POSITION SEPARATOR ', ') AS chosen
      FROM (
        SELECT c.*, CONCAT('IFNULL(SHA2(\`', REPLACE(COLUMN_NAME, '\`', '\`\`'), '\`', IF(DATA_TYPE = 'float', ' + 0e0', ''), ', 256), ''-'')') AS hash
        FROM information_schema.COLUMNS c JOIN information_schema.TABLES USING (TABLE_SCHEMA, TABLE_NAME)
        WHERE TABLE_SCHEMA = '$DATABASE' AND TABLE_TYPE = 'BASE TABLE' AND $CHOSEN
      ) columns GROUP BY TABLE_NAME
    ) tables
  ) named ORDER BY TABLE_NAME;
SQL
}
