import { answered, failure } from '../machine.ts';
import { type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;
let given: { readonly arguments: { readonly POSITION: string } };

beforeAll(async () => {
  ground = await startGround();
  await ground.reset();
  await makeApp(
    ground,
    `CREATE TABLE t (n int PRIMARY KEY AUTO_INCREMENT, v varchar(20), b blob, d double, j json, KEY by_v (v));
     INSERT INTO t (v, b, d, j) VALUES ('a', x'00FF', 0.1, '{"a": 1}'), ('b', NULL, 1e300, NULL), (NULL, x'', 0, '[]');
     CREATE TABLE keyless (v varchar(20)); INSERT INTO keyless VALUES ('a'), ('a'), ('b');
     CREATE TABLE u (n int PRIMARY KEY, t int, CONSTRAINT of_t FOREIGN KEY (t) REFERENCES t (n));
     CREATE DEFINER = 'app'@'%' VIEW w AS SELECT n FROM t;
     CREATE DEFINER = 'app'@'%' PROCEDURE p() SELECT 1;
     CREATE DEFINER = 'app'@'%' TRIGGER r BEFORE INSERT ON u FOR EACH ROW SET NEW.t = 1;
     CREATE DEFINER = 'app'@'%' EVENT e ON SCHEDULE AT '2037-01-01' DO DELETE FROM u`,
  );
  await ground.source.query("CREATE ROLE readers; GRANT SELECT ON app.* TO readers; GRANT readers TO 'app'@'%'");
  const { position = '' } = answered(await ground.run('freeze'));
  given = { arguments: { POSITION: String(position) } };
  answered(await ground.run('copy', given));
});
afterAll(() => ground.stop());

/** Changes the copy and back; `undo` is SQL, as `change`. */
const DIFFERENCES: readonly (readonly [what: string, change: string, undo: string, words: string])[] = [
  [
    'a row less',
    'DELETE FROM t WHERE n = 3',
    "INSERT INTO t VALUES (3, NULL, x'', 0, '[]')",
    't: 3 on the server, 2 on RDS',
  ],
  [
    'another text',
    "UPDATE t SET v = 'A' WHERE n = 1",
    "UPDATE t SET v = 'a' WHERE n = 1",
    't: the contents differ, 3 on both',
  ],
  [
    'other bytes',
    "UPDATE t SET b = x'00FE' WHERE n = 1",
    "UPDATE t SET b = x'00FF' WHERE n = 1",
    't: the contents differ',
  ],
  ['no value', 'UPDATE t SET b = NULL WHERE n = 3', "UPDATE t SET b = x'' WHERE n = 3", 't: the contents differ'],
  [
    'the last digit of a number',
    'UPDATE t SET d = 0.10000000000000002 WHERE n = 1',
    'UPDATE t SET d = 0.1 WHERE n = 1',
    't: the contents differ',
  ],
  [
    'a row twice for another',
    "UPDATE keyless SET v = 'b' LIMIT 1",
    "DELETE FROM keyless; INSERT INTO keyless VALUES ('a'), ('a'), ('b')",
    'keyless: the contents differ, 3 on both',
  ],
  [
    'where numbers go on',
    'ALTER TABLE t AUTO_INCREMENT = 9',
    'ALTER TABLE t AUTO_INCREMENT = 4',
    'next value t: 4 on the server, 9 on RDS',
  ],
  ['a table more', 'CREATE TABLE more (n int)', 'DROP TABLE more', 'table more: only on RDS'],
  [
    'an index less',
    'ALTER TABLE t DROP KEY by_v',
    'ALTER TABLE t ADD KEY by_v (v)',
    'index t.by_v.1: only on the server',
  ],
  [
    'another default',
    "ALTER TABLE t ALTER v SET DEFAULT 'x'",
    'ALTER TABLE t ALTER v DROP DEFAULT; ALTER TABLE t MODIFY v varchar(20)',
    'column t.v: differs',
  ],
  [
    'a foreign key less',
    'ALTER TABLE u DROP FOREIGN KEY of_t',
    'ALTER TABLE u ADD CONSTRAINT of_t FOREIGN KEY (t) REFERENCES t (n)',
    'foreign key u.of_t: only on the server',
  ],
  [
    'another view',
    "CREATE OR REPLACE DEFINER = 'app'@'%' VIEW w AS SELECT n + 0 AS n FROM t",
    "CREATE OR REPLACE DEFINER = 'app'@'%' VIEW w AS SELECT n FROM t",
    'view w: differs',
  ],
  [
    'another definer',
    "CREATE OR REPLACE DEFINER = 'root'@'localhost' VIEW w AS SELECT n FROM t",
    "CREATE OR REPLACE DEFINER = 'app'@'%' VIEW w AS SELECT n FROM t",
    'view w: differs',
  ],
  [
    'a routine less',
    'DROP PROCEDURE p',
    "CREATE DEFINER = 'app'@'%' PROCEDURE p() SELECT 1",
    'routine p: only on the server',
  ],
  [
    'a trigger less',
    'DROP TRIGGER r',
    "CREATE DEFINER = 'app'@'%' TRIGGER r BEFORE INSERT ON u FOR EACH ROW SET NEW.t = 1",
    'trigger r: only on the server',
  ],
  [
    'an event less',
    'DROP EVENT e',
    "CREATE DEFINER = 'app'@'%' EVENT e ON SCHEDULE AT '2037-01-01' DISABLE DO DELETE FROM u",
    'event e: only on the server',
  ],
  [
    'a right less',
    'REVOKE SELECT ON app.* FROM readers',
    'GRANT SELECT ON app.* TO readers',
    'of `readers`@`%`: only on the server',
  ],
  ['a role less', "REVOKE readers FROM 'app'@'%'", "GRANT readers TO 'app'@'%'", 'of `app`@`%`: only on the server'],
  [
    'somebody who cannot log in',
    "ALTER USER 'app'@'%' ACCOUNT LOCK",
    "ALTER USER 'app'@'%' ACCOUNT UNLOCK",
    'login app@%: differs',
  ],
  [
    'another limit',
    "ALTER USER 'app'@'%' WITH MAX_USER_CONNECTIONS 3",
    "ALTER USER 'app'@'%' WITH MAX_USER_CONNECTIONS 0",
    'account `app`@`%`: differs',
  ],
  [
    'another character set',
    'ALTER DATABASE app CHARACTER SET latin1',
    'ALTER DATABASE app CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci',
    'database : differs',
  ],
];

test.each(DIFFERENCES)('%s is found', async (_, change, undo, words) => {
  await ground.target.query(change, 'app');
  const ran = await ground.run('compare', given);
  await ground.target.query(undo, 'app');

  expect(failure(ran)).toMatch(/^VerificationMismatch: /);
  expect(failure(ran)).toContain(words);
});

test('another password is found, and no hash is said', async () => {
  const hash = await ground.source.query("SELECT HEX(authentication_string) FROM mysql.user WHERE User = 'app'");
  await ground.target.query("ALTER USER 'app'@'%' IDENTIFIED BY 'another'");
  const ran = await ground.run('compare', given);
  await ground.target.query(`ALTER USER 'app'@'%' IDENTIFIED WITH caching_sha2_password AS 0x${hash}`);

  expect(failure(ran)).toContain('account `app`@`%`: differs');
  expect(ran.said).not.toMatch(/0x|\$A\$/);
});

test('afterwards both are equal, also by a sample, and an answer is a fingerprint that is the same again', async () => {
  const first = answered(await ground.run('compare', given));
  expect(first).toMatchObject({ tables: 3, rowsSource: 6, rowsTarget: 6, checksums: 3 });
  expect(answered(await ground.run('compare', given)).fingerprint).toBe(first.fingerprint);
  expect(answered(await ground.run('compare', { arguments: { ...given.arguments, ROWS_LIMIT: 1 } }))).toMatchObject({
    rowsSource: 6,
  });
});

test('a server that is not frozen any more is refused', async () => {
  answered(await ground.run('thaw'));

  expect(failure(await ground.run('compare', given))).toContain('is not frozen');
});
