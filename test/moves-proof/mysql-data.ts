/** What an app's MySQL database may hold besides notes: SQL of an administrator, or of the app's own role. */
import { RICH, RICH_ACCOUNTS, RICH_VIEWS } from '../operations/database/mysql/rich.ts';

/** Something of everything that can move, by definers of several accounts. SQL of an administrator. */
export const EVERYTHING = `
CREATE USER 'app'@'%' IDENTIFIED BY 'another''s';
GRANT ALL ON app.* TO 'app'@'%';
${RICH_ACCOUNTS}
${RICH}
${RICH_VIEWS}`;

/** So many rows of 1 KB that no compression makes small. */
export const mysqlRows = (count: number): string => `
CREATE TABLE entries (id bigint PRIMARY KEY, content text CHARACTER SET latin1 NOT NULL);
SET SESSION cte_max_recursion_depth = ${count};
INSERT INTO entries
  WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
  SELECT n, CONCAT(${Array.from({ length: 8 }, (_, part) => `SHA2(CONCAT(n, ' ', ${part}), 512)`).join(', ')}) FROM numbers;
`;

/** A column that is computed anew where it is restored, and comes out different there: it depends on the time zone of whoever writes. */
export const MYSQL_LYING_COLUMN = `
SET time_zone = '+05:00';
CREATE TABLE places (id int PRIMARY KEY, place datetime GENERATED ALWAYS AS (FROM_UNIXTIME(id)) STORED);
INSERT INTO places (id) WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100) SELECT n FROM numbers;
`;
