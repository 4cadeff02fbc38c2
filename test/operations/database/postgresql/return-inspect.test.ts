/** Whether a database can come back: what the server lacks is named at once, a server that was stopped is started for it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment } from '../../../sandbox/environment.ts';
import { answered, comeBack, failure, MASTER, moveUp, openServer } from '../machine.ts';
import { asApp, type Ground, makeApp, startGround } from './ground.ts';

let ground: Ground;

const TABLE = 'CREATE TABLE t (n int PRIMARY KEY); ALTER TABLE t OWNER TO app';

async function start(): Promise<void> {
  ground = await startGround();
}

async function prepare(): Promise<void> {
  await ground.reset();
  await makeApp(ground, TABLE);
  await moveUp(ground);
}

const rds = (sql: string) => ground.target.query('app', sql);
const server = (sql: string) => ground.source.query('postgres', sql);
const asMaster = (sql: string) => rds(`SET ROLE ${MASTER.name}; ${sql}`);

describe('with a server that runs', () => {
  beforeAll(start);
  beforeEach(prepare);
  afterAll(() => ground.stop());

  test('it says what will move, and changes nothing', async () => {
    const traces = () =>
      rds(
        'SELECT (SELECT max(oid::bigint) FROM pg_class), (SELECT count(*) FROM pg_auth_members), count(*) FROM pg_roles',
      );
    const before = await traces();
    expect(answered(await ground.run('inspect-return'))).toMatchObject({
      tables: 1,
      extensions: ['plpgsql'],
      logins: ['app'],
      version: expect.stringMatching(/^\d+\.\d+$/),
      bytes: expect.any(Number),
      freeBytes: expect.any(Number),
    });

    expect(await traces()).toBe(before);
  });

  /** What is done to RDS or the server, and how it is refused. */
  const REFUSALS: readonly { readonly name: string; readonly make: () => Promise<unknown>; readonly reason: RegExp }[] =
    [
      {
        name: 'row security that is forced on owners',
        make: () => rds('ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY'),
        reason: /force row security on their owners.*: public\.t$/,
      },
      {
        name: 'a role that the master user cannot join',
        make: () => rds('CREATE ROLE closed; GRANT CREATE ON SCHEMA public TO closed'),
        reason: /neither read what these roles own nor become a member.*: closed$/,
      },
      {
        name: 'a member of a role of RDS',
        make: () => rds('GRANT rds_replication TO app'),
        reason: /members of roles of RDS.*: app of rds_replication$/,
      },
      {
        name: 'a subscription',
        make: () =>
          rds(
            "CREATE SUBSCRIPTION s CONNECTION 'host=/nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)",
          ),
        reason: /subscriptions would stay behind.*: s$/,
      },
      {
        name: 'a replication slot',
        make: () => rds("SELECT pg_create_logical_replication_slot('reader_of_changes', 'pgoutput')"),
        reason: /replication slots.*: reader_of_changes$/,
      },
      {
        name: 'a prepared transaction',
        make: () => rds("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'second phase'"),
        reason: /prepared transactions.*: second phase$/,
      },
      {
        name: 'a foreign server',
        make: () => rds('CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw'),
        reason: /foreign servers.*: far$/,
      },
      {
        name: 'another database on RDS',
        make: () => rds('CREATE DATABASE "other shop"'),
        reason: /other databases on RDS would stay behind.*: other shop$/,
      },
      {
        name: 'an extension that the server does not have',
        make: () => rds("CREATE EXTENSION hstore; UPDATE pg_extension SET extname = 'aws_s3' WHERE extname = 'hstore'"),
        reason: /server does not offer these extensions: aws_s3; drop them, or install them on the server$/,
      },
      {
        name: 'a role that logs in and is not on the server',
        make: () => asMaster("CREATE ROLE newcomer LOGIN PASSWORD 'x'"),
        reason: /log in to RDS and are not on the server.*CREATE ROLE \.\.\. LOGIN PASSWORD.*: newcomer$/,
      },
      {
        name: 'a role that logs in and has no password on the server',
        make: async () => {
          await asMaster("CREATE ROLE newcomer LOGIN PASSWORD 'x'");
          await server('CREATE ROLE newcomer');
        },
        reason: /neither log in nor have a password on the server.*: newcomer$/,
      },
      {
        name: 'a role that is a superuser on the server',
        make: () => server('ALTER ROLE app SUPERUSER'),
        reason: /superusers on the server and were none on RDS.*: app$/,
      },
      {
        name: 'a role on the server with the master user’s name',
        make: () => server(`CREATE ROLE ${MASTER.name} LOGIN`),
        reason: new RegExp(`has the name of the master user of RDS.*: ${MASTER.name}$`),
      },
      {
        name: 'a database on the server that somebody has opened by hand',
        make: () => server('ALTER DATABASE app CONNECTION LIMIT -1'),
        reason: /"app" on the server is neither empty nor the one that the move to RDS has left; it is not touched/,
      },
      {
        name: 'a database on the server that is none of ours',
        make: async () => {
          await server('DROP DATABASE app');
          await server('CREATE DATABASE app');
          await ground.source.query('app', 'CREATE TABLE precious ()');
        },
        reason: /neither empty nor the one/,
      },
      {
        name: 'a database in the place that the old one gets',
        make: () => server('CREATE DATABASE app_retired'),
        reason: /"app_retired" on the server has the name that the old "app" gets/,
      },
    ];

  test.each(REFUSALS)('$name is refused', async ({ make, reason }) => {
    await make();

    const words = failure(await ground.run('inspect-return'));
    expect(words).toMatch(reason);
    expect(words).toMatch(/^the database cannot come back to the server as it is: \(1\) /);
    expect(words).not.toContain('(2)');
  });

  test('the master user’s sessions are refused: it will not log in to the server', async () => {
    const env = plainEnvironment({
      PGHOST: ground.target.host,
      PGPORT: `${ground.target.port}`,
      PGUSER: MASTER.name,
      PGPASSWORD: MASTER.password,
      PGAPPNAME: 'the shop',
      PGDATABASE: 'app',
    });
    const session = spawn(join(ground.source.tools, 'psql'), ['-X', '-A', '-t', '-c', '\\echo in', '-f', '-'], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await once(session.stdout, 'data');
      expect(failure(await ground.run('inspect-return'))).toMatch(/must not connect as master user.*: the shop$/);
    } finally {
      session.stdin.end();
      await once(session, 'close');
    }
  });

  test('an older server than RDS is refused, and so is a full volume; both at once', async () => {
    ground.replaceCommand('df', 'echo head; echo "/dev/x 100 99 1 99% /"');
    // The server says what an older one would.
    ground.replaceCommand(
      'psql',
      `case "$*" in *server_version_num*) [ -n "\${PGPASSWORD:-}" ] || { echo 12; exit; } ;; esac; exec ${ground.source.tools}/psql "$@"`,
    );
    ground.replaceCommand('readlink', 'exit 1');
    try {
      const words = failure(await ground.run('inspect-return'));
      expect(words).toMatch(/\(1\) RDS runs PostgreSQL \d+ and the server 12, which reads no newer dump/);
      expect(words).toMatch(
        /\(2\) \/srv\/data\/scratch needs 2\.5 times the .* of the database and has 1024 bytes free/,
      );
    } finally {
      for (const name of ['df', 'psql', 'readlink']) ground.restoreCommand(name);
    }
  });

  test('dump and data on volumes of their own need room each', async () => {
    ground.replaceCommand(
      'df',
      'echo head; case $* in */source/data) echo "/dev/y 100 99 1 99% /y" ;; *) echo "/dev/x 100 99 1 99% /" ;; esac',
    );
    try {
      const words = failure(await ground.run('inspect-return'));
      expect(words).toMatch(/\(1\) \/srv\/data\/scratch needs 1\.2 times .*\(2\) .*\/source\/data needs 1\.3 times/);
    } finally {
      ground.restoreCommand('df');
    }
  });

  test('it is refused while the pointer names another host', async () => {
    for (const host of ['localhost', 'db.example.com']) {
      ground.setPointer(host);
      expect(failure(await ground.run('inspect-return'))).toContain(`names ${host} and not ${ground.target.host}`);
    }
  });

  test('a server that does not answer', async () => {
    expect(failure(await ground.run('inspect-return', { arguments: { PORT: 5999 } }))).toMatch(
      /does not answer at port 5999 as user postgres/,
    );
  });

  test('a server without PostgreSQL', async () => {
    ground.replaceCommand('pg_restore', 'exit 127');
    try {
      expect(failure(await ground.run('inspect-return', { arguments: { RDS_VERSION: '17.4' } }))).toBe(
        'PostgreSQL is not installed on the server; install its server and its client programs, version 17 or later, and start it at port 5432',
      );
    } finally {
      ground.restoreCommand('pg_restore');
    }
  });
});

describe('with a server that the move up has stopped', () => {
  beforeEach(async () => {
    await start();
    await prepare();
  });
  afterEach(() => ground.stop());

  const isServing = () =>
    ground.source.query('postgres', 'SELECT 1').then(
      () => true,
      () => false,
    );

  test('it is started, and stopped again when that is taken back', async () => {
    answered(await ground.run('retire'));
    await ground.source.ended;
    expect(answered(await ground.run('inspect-return'))).toMatchObject({ tables: 1 });
    expect(await isServing()).toBe(true);
    expect(answered(await ground.run('inspect-return'))).toMatchObject({ tables: 1 });

    expect(answered(await ground.run('sleep-return'))).toEqual({ stopped: true });
    expect(await isServing()).toBe(false);
    expect(answered(await ground.run('sleep-return'))).toEqual({ stopped: true });
    expect(answered(await ground.run('inspect-return'))).toMatchObject({ tables: 1 });
  });

  test('it is stopped again when the inspection fails', async () => {
    answered(await ground.run('retire'));
    await rds('CREATE DATABASE other');

    expect(failure(await ground.run('inspect-return'))).toContain('other databases on RDS');
    expect(await isServing()).toBe(false);
  });

  test('one that somebody else has started is not stopped', async () => {
    answered(await ground.run('inspect-return'));

    expect(answered(await ground.run('sleep-return'))).toEqual({ stopped: true });
    expect(await isServing()).toBe(true);
  });

  test('the database comes back to it, and it stays up', async () => {
    answered(await ground.run('retire'));
    await ground.source.ended;
    await asApp(ground, 'target', 'INSERT INTO t VALUES (1)');
    expect(await comeBack(ground)).toMatchObject({ rowsTarget: 1 });
    expect(failure(await ground.run('sleep-return'))).toContain('not in its place yet');
    await openServer(ground);

    expect(answered(await ground.run('sleep-return'))).toEqual({ stopped: true });
    expect(failure(await ground.run('inspect-return'))).toContain('RDS does not serve');
    expect(await isServing()).toBe(true);
    answered(await ground.run('discard-return'));
    expect(await asApp(ground, 'source', 'SELECT count(*) FROM t')).toBe('1');
    expect(
      await server("SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database WHERE NOT datistemplate"),
    ).toBe('app,postgres');
  });

  test('with systemd its service is unmasked, enabled and started', async () => {
    const { root, source } = ground;
    for (const folder of ['run/systemd/system', `proc/${source.pid}`])
      mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, `proc/${source.pid}/cgroup`), '0::/system.slice/postgresql.service\n');
    ground.replaceCommand(
      'systemctl',
      `echo "$*" >>"$SCALINGTIER_ROOT/systemctl.log"
      case $1 in
        disable) kill -INT $(head -n 1 ${source.data}/postmaster.pid) ;;
        enable) runuser -u postgres -- pg_ctl start -w -s -D ${source.data} -l /dev/null 3>&- 8>&- 9>&- ;;
      esac`,
    );
    answered(await ground.run('retire'));
    await source.ended;
    rmSync(join(root, 'systemctl.log'));

    answered(await ground.run('inspect-return'));
    expect(readFileSync(join(root, 'systemctl.log'), 'utf8')).toBe(
      'unmask postgresql.service\nenable --now postgresql.service\n',
    );
    expect(existsSync(join(source.data, 'postmaster.pid'))).toBe(true);
  });
});
