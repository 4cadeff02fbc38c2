/** The way back, whole: what was written on RDS is on the server, as it was, and the app works on with its old password. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answered, awsLog, comeBack, failure, isTidy, MASTER, moveUp, openServer } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';
import { RICH, RICH_ROLES } from './rich.ts';

let ground: Ground;

beforeAll(async () => {
  ground = await startGround();
});
beforeEach(() => ground.reset());
afterAll(() => ground.stop());

const server = (sql: string) => ground.source.query('app', sql);
const rds = (sql: string) => ground.target.query('app', sql);

const TABLE = 'CREATE TABLE t (n int PRIMARY KEY); ALTER TABLE t OWNER TO app';

const SETTINGS = `SELECT coalesce(rolname, ''), setdatabase <> 0, setting FROM pg_db_role_setting
  LEFT JOIN pg_roles r ON r.oid = setrole, unnest(setconfig) setting 
  WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) AND setting !~ '^scalingtier' ORDER BY 1, 2, 3`;
const MEMBERS = `SELECT g.rolname, r.rolname, bool_or(m.admin_option), bool_or(m.inherit_option), bool_or(m.set_option)
  FROM pg_auth_members m JOIN pg_roles r ON r.oid = member JOIN pg_roles g ON g.oid = roleid
  WHERE r.rolname IN ('app', 'reader', 'boss') GROUP BY 1, 2 ORDER BY 1, 2`;
const ROLES = `SELECT rolname, rolcanlogin, rolcreatedb, rolcreaterole, rolinherit, rolconnlimit, rolvaliduntil, rolpassword
  FROM pg_authid WHERE rolname IN ('app', 'reader', 'boss', 'owner_of_little', 'Report Readers', 'o''neil "x"') ORDER BY 1`;

describe('a database that has something of everything', () => {
  beforeEach(async () => {
    await makeApp(ground, RICH_ROLES + RICH);
    await moveUp(ground);
    // The master user could not read it whole.
    await rds('ALTER TABLE sales.secret NO FORCE ROW LEVEL SECURITY');
  });

  test('comes back with what it has become', async () => {
    await asApp(ground, 'target', "INSERT INTO sales.orders (placed) VALUES ('2025-01-01')");
    await asApp(ground, 'target', 'DELETE FROM sales.parent; CREATE TABLE sales.newer (n serial PRIMARY KEY)');
    await asApp(ground, 'target', "SELECT lo_from_bytea(60000, decode(repeat('ab', 300000), 'hex')), lo_unlink(50002)");
    const before = await server(ROLES);

    expect(await comeBack(ground)).toEqual({
      tables: 15,
      rowsSource: 1777,
      rowsTarget: 1777,
      checksums: 15,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await expect(asApp(ground, 'source', 'SELECT 1')).rejects.toThrow(/too many connections for database/);
    await openServer(ground);

    const insert = "INSERT INTO sales.orders (placed) VALUES ('2025-01-01') RETURNING id";
    expect(await asApp(ground, 'source', insert)).toBe('1002');
    expect(await asApp(ground, 'source', "SELECT nextval('sales.steps'), nextval('sales.untouched')")).toBe('-20|77');
    expect(
      await server("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'sales.secret'::regclass"),
    ).toBe('t|f');
    expect(await asApp(ground, 'source', 'SELECT length(lo_get(60000)), length(lo_get(50000))')).toBe('300000|600000');
    expect(await server('SELECT count(*) FROM sales.events')).toBe('400');
    expect(await server('SELECT n FROM "Old Stuff".sums')).toBe('1001');
    await expect(asApp(ground, 'source', 'DROP TABLE "Old Stuff".of_another')).rejects.toThrow(/must be owner/);
    expect((await server(ROLES)).replaceAll('infinity', '')).toBe(before);
    expect(isTidy(ground)).toBe(true);
  });

  test('has its roles, memberships, settings and rights as on RDS', async () => {
    await rds(`REVOKE "Report Readers" FROM reader; ALTER ROLE reader CONNECTION LIMIT 3; ALTER ROLE app RESET ALL;
      ALTER DATABASE app SET work_mem TO '7MB'; ALTER DATABASE app CONNECTION LIMIT 23`);
    const rights = `SELECT pg_get_userbyid(grantee), privilege_type, is_grantable FROM pg_database d, aclexplode(datacl)
      WHERE datname = 'app' AND grantee <> datdba ORDER BY 1, 2`;
    const [members, settings, rightsBefore] = [await rds(MEMBERS), await rds(SETTINGS), await rds(rights)];
    await comeBack(ground);
    await openServer(ground);

    expect(await server(MEMBERS)).toBe(members);
    expect(await server(SETTINGS)).toBe(settings);
    expect(await server(rights)).toBe(rightsBefore);
    expect(await server("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'reader'")).toBe('3');
    expect(
      await server(
        "SELECT datconnlimit, pg_get_userbyid(datdba), shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'app'",
      ),
    ).toBe("23|app|the app's own");
  });

  test('has a role without login or rights of its own where it was the master user’s, and never a superuser', async () => {
    await comeBack(ground);
    await openServer(ground);

    const owners =
      "SELECT relname, pg_get_userbyid(relowner) FROM pg_class WHERE relname IN ('of_the_superuser', 'orders', 'sums') ORDER BY 1";
    expect(await server(owners)).toBe(`of_the_superuser|${MASTER.name}\norders|app\nsums|${MASTER.name}`);
    expect(await server('SELECT public.definer()')).toBe(MASTER.name);
    const role = `SELECT rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb, rolpassword IS NULL FROM pg_authid WHERE rolname = '${MASTER.name}'`;
    expect(await server(role)).toBe('f|t');
    await asApp(ground, 'source', 'REFRESH MATERIALIZED VIEW sales.later');
  });

  test('goes up again, and comes back again', async () => {
    await comeBack(ground);
    await openServer(ground);
    answered(await ground.run('discard-return'));
    await asApp(ground, 'source', "INSERT INTO sales.orders (placed) VALUES ('2025-01-01')");
    answered(await ground.run('inspect'));
    expect(failure(await ground.run('rehearse'))).toContain('an earlier move has left and somebody has kept');
    // As a new instance of RDS has it, which knows the roles by name all the same here.
    await ground.target.query('postgres', 'DROP DATABASE app');
    await ground.target.query('postgres', `CREATE DATABASE app OWNER ${MASTER.name}`);
    await moveUp(ground);

    expect(await rds("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'of_the_superuser'")).toBe(
      MASTER.name,
    );
    expect(await rds(`SELECT rolcanlogin FROM pg_roles WHERE rolname = '${MASTER.name}'`)).toBe('t');
    await asApp(ground, 'target', "INSERT INTO sales.orders (placed) VALUES ('2025-01-01')");
    expect(await comeBack(ground)).toMatchObject({ rowsTarget: 1780 });
    await openServer(ground);
    expect(await server("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'app'")).toBe(
      "the app's own",
    );
  });
});

test('all that writers were told, on either side, is on the server in the end', async () => {
  await makeApp(ground, TABLE);
  await moveUp(ground);
  const told: number[] = [];
  let [refusals, isOver] = [0, false];
  const sideOfPointer = () =>
    readFileSync(join(ground.root, 'pointer'), 'utf8').trim() === 'localhost' ? 'source' : 'target';
  const write = async (from: number): Promise<void> => {
    for (let n = from; !isOver; n += 10) {
      try {
        await asApp(ground, sideOfPointer(), `INSERT INTO t VALUES (${n})`);
        told.push(n);
      } catch {
        refusals += 1;
        await delay(50);
      }
    }
  };
  const writers = [0, 1].map(write);
  while (told.length < 20) await delay(20);
  await comeBack(ground);
  const [onRds, before] = [await rds('SELECT count(*) FROM t'), refusals];
  while (refusals < before + 4) await delay(20);
  expect(await rds('SELECT count(*) FROM t')).toBe(onRds);
  await openServer(ground);
  const atOpening = told.length;
  while (told.length < atOpening + 20) await delay(20);
  isOver = true;
  await Promise.all(writers);

  const missing = `SELECT count(*) FROM unnest(ARRAY[${told.join()}]) told WHERE told NOT IN (SELECT n FROM t)`;
  expect(await server(missing)).toBe('0');
  expect(Number(await server('SELECT count(*) FROM t'))).toBeGreaterThanOrEqual(told.length);
  expect(await rds('SELECT count(*) FROM t')).toBe(onRds);
});

test('roles that were made on RDS come along: those that log in when the server has them, the others by themselves', async () => {
  await makeApp(ground, TABLE);
  await moveUp(ground);
  const master = (sql: string) => ground.target.query('app', `SET ROLE ${MASTER.name}; ${sql}`);
  await master("CREATE ROLE newcomer LOGIN PASSWORD 'unseen'; CREATE ROLE crowd; GRANT crowd TO newcomer");
  await rds(`GRANT CREATE ON SCHEMA public TO newcomer, crowd; SET ROLE newcomer; CREATE TABLE of_newcomer (n int);
    INSERT INTO of_newcomer VALUES (1); REVOKE ALL ON of_newcomer FROM PUBLIC; SET ROLE crowd; CREATE TABLE of_crowd (n int)`);
  expect(failure(await ground.run('inspect-return'))).toMatch(/\(1\) these roles log in to RDS.*: newcomer$/);
  await ground.source.query('postgres', "CREATE ROLE newcomer LOGIN PASSWORD 'seen'");

  expect(await comeBack(ground)).toMatchObject({ tables: 3, rowsTarget: 1 });
  await openServer(ground);
  const owners = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname LIKE 'of\\_%' ORDER BY 1";
  expect(await server(owners)).toBe('crowd\nnewcomer');
  expect(await server("SELECT pg_has_role('newcomer', 'crowd', 'USAGE')")).toBe('t');
  expect(awsLog(ground)).not.toContain(MASTER.password);
});

test('a server that never had the database', async () => {
  await makeApp(ground, TABLE);
  await moveUp(ground);
  await asApp(ground, 'target', 'INSERT INTO t VALUES (1)');
  await ground.source.query('postgres', 'DROP DATABASE app');
  await ground.source.query('postgres', 'DROP ROLE app');
  expect(failure(await ground.run('inspect-return'))).toMatch(/\(1\) these roles log in to RDS.*: app$/);
  await ground.source.query('postgres', "CREATE ROLE app LOGIN PASSWORD 'x'");

  expect(await comeBack(ground)).toMatchObject({ tables: 1, rowsTarget: 1 });
  await openServer(ground);
  expect(await server('SET ROLE app; INSERT INTO t VALUES (2); SELECT count(*) FROM t')).toBe('2');
  expect(answered(await ground.run('discard-return'))).toEqual({ discarded: true });
});
