/** A MySQL database that has something of everything that can move, made as an administrator and an app make it together. */

/** Accounts, roles and their passwords; the app's own is there already. */
export const RICH_ACCOUNTS = `
CREATE ROLE 'report readers', 'writers'@'%';
CREATE USER 'reader'@'%' IDENTIFIED BY 'read' DEFAULT ROLE 'report readers' WITH MAX_USER_CONNECTIONS 7 PASSWORD EXPIRE INTERVAL 90 DAY ATTRIBUTE '{"team": "o''neil"}';
CREATE USER 'o''neil "x"'@'10.%' IDENTIFIED BY 'odd' REQUIRE SSL COMMENT 'it''s odd';
CREATE USER 'app'@'localhost' IDENTIFIED BY 'local';
CREATE USER 'away'@'%' IDENTIFIED BY 'away' ACCOUNT LOCK;
CREATE USER 'keeper'@'localhost' IDENTIFIED BY 'kept';
GRANT ALL ON *.* TO 'keeper'@'localhost';
GRANT 'writers' TO 'app'@'%' WITH ADMIN OPTION;
GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'reader'@'%';
GRANT SELECT ON app.* TO 'report readers';
GRANT ALL ON app.* TO 'app'@'localhost';`;

/** Everything in the database. */
export const RICH = String.raw`
ALTER DATABASE app CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE kinds (
  id bigint unsigned PRIMARY KEY AUTO_INCREMENT, a tinyint, b smallint DEFAULT 7, c mediumint unsigned, d decimal(65,30), f double, g bit(13),
  h char(5) CHARACTER SET latin1, i varchar(300) COLLATE utf8mb4_0900_ai_ci, j text, k blob, l longblob, m binary(4), n varbinary(20),
  o date, p time(3), q datetime(6), r timestamp(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), s year, t enum('new', 'it''s done', 'Größe'), u set('a', 'b c'),
  v json, w point SRID 4326, x geometry, y int GENERATED ALWAYS AS (b * 2) STORED, z varchar(20) GENERATED ALWAYS AS (concat(a, '-', b)) VIRTUAL,
  aa boolean DEFAULT true, ab int INVISIBLE DEFAULT 3, ac varchar(40) DEFAULT (uuid()), KEY by_z (z), KEY by_expression ((b + 1)), FULLTEXT KEY words (j), KEY by_i (i(10) DESC)
) AUTO_INCREMENT = 1000 COMMENT 'all; kinds' ROW_FORMAT = DYNAMIC;
INSERT INTO kinds (a, b, c, d, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
SELECT i % 100, -i, i, i / 7.0, sqrt(i) * 1e100, i, 'é', concat('tab\t nl\n \\ '' " ', i), concat('ü😀', i), x'00FF0D0A1A27', NULL, x'00', x'FF00', '1000-01-01', '-838:59:59', '9999-12-31 23:59:59.999999',
  '2024-03-31 01:30:00.123456', 1999, 'Größe', 'a,b c', '{"b": [1, 2.50, null], "a": "ü"}', ST_GeomFromText('POINT(1 2)', 4326), ST_GeomFromText('LINESTRING(0 0,1 1)') FROM n;
INSERT INTO kinds (a, l) VALUES (NULL, repeat(x'00FF0A27', 1500000));
CREATE TABLE ${"`Übung ``q`` 'x' \"`"} (${'`Key`'} int PRIMARY KEY, ${'`a b`'} varchar(100) UNIQUE, ${'`select`'} int DEFAULT 3 CHECK (${'`select`'} > 0), CONSTRAINT soft CHECK (${'`Key`'} < 1000) NOT ENFORCED);
INSERT INTO ${"`Übung ``q`` 'x' \"`"} (${'`Key`'}, ${'`a b`'}) VALUES (0, 'zero'), (1, 'one'), (2, NULL);
CREATE TABLE orders (id int PRIMARY KEY AUTO_INCREMENT, kind bigint unsigned, placed date NOT NULL, total decimal(10, 2) DEFAULT 0,
  CONSTRAINT of_kind FOREIGN KEY (kind) REFERENCES kinds (id) ON DELETE CASCADE ON UPDATE SET NULL);
INSERT INTO orders (kind, placed, total) SELECT id, '2024-01-01' + INTERVAL b DAY, id / 3 FROM kinds WHERE b IS NOT NULL;
DELETE FROM orders WHERE id > 250;
CREATE TABLE parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (year(at)) SUBPARTITION BY HASH (id) SUBPARTITIONS 2
  (PARTITION old VALUES LESS THAN (2020), PARTITION late VALUES LESS THAN MAXVALUE);
INSERT INTO parted VALUES (1, '2019-01-01'), (2, '2021-01-01');
CREATE TABLE keyless (v varchar(10), w int);
INSERT INTO keyless VALUES ('a', 1), ('a', 1), (NULL, 2), ('', NULL);
CREATE TABLE nothing (n int PRIMARY KEY);
CREATE TABLE log (at timestamp DEFAULT CURRENT_TIMESTAMP, what varchar(100));

CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2;
DELIMITER ;;
CREATE DEFINER = 'app'@'localhost' PROCEDURE spell(IN n int, OUT said varchar(20) CHARACTER SET latin1) SQL SECURITY INVOKER MODIFIES SQL DATA COMMENT 'it''s; one'
BEGIN
  -- CREATE DEFINER=root@localhost is only a comment
  IF n > 1 THEN INSERT INTO log (what) VALUES ('much;\n'); END IF;
  SET said = 'ü';
END;;
CREATE DEFINER = 'keeper'@'localhost' TRIGGER before_orders BEFORE INSERT ON orders FOR EACH ROW
BEGIN
  SET NEW.total = COALESCE(NEW.total, 0);
END;;
CREATE TRIGGER after_orders AFTER INSERT ON orders FOR EACH ROW SET @last = NEW.id;;
DELIMITER ;
`;

/** Views and events, by two definers. */
export const RICH_VIEWS = `
CREATE DEFINER = 'app'@'%' VIEW totals AS SELECT kind, sum(total) AS total, twice(count(*)) AS n FROM orders GROUP BY kind;
CREATE SQL SECURITY INVOKER VIEW ${'`on top`'} AS SELECT * FROM totals WHERE total > 1;
CREATE DEFINER = 'keeper'@'localhost' VIEW dear AS SELECT * FROM orders WHERE total > 1 WITH CASCADED CHECK OPTION;
DELIMITER ;;
CREATE DEFINER = 'app'@'%' EVENT tick ON SCHEDULE EVERY 1 SECOND ON COMPLETION PRESERVE COMMENT 'it''s; ticking' DO BEGIN INSERT INTO log (what) VALUES ('tick;'); SET @x = 1; END;;
CREATE EVENT late ON SCHEDULE AT '2037-01-01 00:00:00' DO DELETE FROM log;;
CREATE DEFINER = 'app'@'%' EVENT asleep ON SCHEDULE EVERY '1:30' HOUR_MINUTE STARTS '2030-01-01 00:00:00' ENDS '2036-01-01 00:00:00' DISABLE DO DELETE FROM log;;
DELIMITER ;
GRANT EXECUTE ON PROCEDURE app.spell TO 'reader'@'%';
GRANT SELECT (id, total), INSERT ON app.orders TO 'writers';`;
