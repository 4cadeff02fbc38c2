/**
 * Databases as real servers, where their engine is one that the sandbox has, with the setting `machines`: what the lifecycles tell them, and where their endpoint is.
 * Replicas, standbys and what is restored from a snapshot stay records. It must not know a state but `creating`.
 */
import { isEngine } from '../../databases/engines.ts';
import { type Params, succeeded, text } from '../call.ts';
import { progress } from '../lifecycle.ts';
import type { Server } from '../machines/server.ts';
import type { ServerName } from '../machines/servers.ts';
import { paramsOfJson } from '../protocol.ts';
import { child, descend, type Element, parseXml, setText, textAt } from '../xml.ts';
import { courseOf } from './facts.ts';
import { valuesOfGroup } from './lifecycles/groups.ts';
import type { Scene } from './scene.ts';

const nameOfServer = ({ call }: Scene, id: string): ServerName => ({
  account: call.account,
  region: call.region,
  id,
});

/** The server behind a database; `undefined` when it is a record only. */
export function serverOf(scene: Scene, id: string): Server | undefined {
  return scene.world.machines.servers.of(nameOfServer(scene, id));
}

/** A managed password is in the secret that came with the database. The stand-in names another user there. */
async function managedPassword(scene: Scene, answer: Buffer): Promise<string> {
  const record = descend(parseXml(answer.toString()), 'CreateDBInstanceResult', 'DBInstance');
  const SecretId = textAt(record, 'MasterUserSecret', 'SecretArn');
  const found = await scene.world.ask(scene.call, 'GetSecretValue', { SecretId }, 'secretsmanager');
  const secret: Params = succeeded(found) ? paramsOfJson(found.body.toString()) : {};
  return text(paramsOfJson(text(secret, 'SecretString') ?? ''), 'password') ?? '';
}

/** Begins the server of a database that is being created, where the engine can be real. */
export async function beginServer(scene: Scene, id: string, fields: Params, answer: Buffer): Promise<void> {
  const { world, call } = scene;
  const engine = text(call.params, 'Engine');
  if (!world.settings.of(call.account).machines || !isEngine(engine)) return;
  const password = text(call.params, 'MasterUserPassword') ?? (await managedPassword(scene, answer));
  const server = await world.machines.servers.create(nameOfServer(scene, id), {
    ...{ engine, port: Number(text(fields, 'Port')) },
    parameters: await valuesOfGroup(scene, text(call.params, 'DBParameterGroupName')),
    master: { name: text(call.params, 'MasterUsername') ?? '', password },
    database: text(call.params, 'DBName'),
  });
  server.start();
}

/** Ends the server of a database that is gone. */
export function endServer(scene: Scene, id: string): Promise<void> {
  return scene.world.machines.servers.end(nameOfServer(scene, id));
}

/** Waits for servers whose databases are shown: nobody sees a database that does not answer yet. */
export async function serversReady({ world, call }: Scene): Promise<void> {
  const servers = world.machines.servers.in(call.account, call.region);
  const shown = servers.filter(([id]) => progress(world, call, courseOf(id))?.state !== 'creating');
  await Promise.all(shown.map(([, server]) => server.ready()));
}

/** Shows where a real server listens. */
export function showAddress(scene: Scene, record: Element, id: string): void {
  const endpoint = child(record, 'Endpoint');
  const server = serverOf(scene, id);
  if (endpoint && server) setText(endpoint, 'Address', server.address);
}
