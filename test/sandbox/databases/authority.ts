/**
 * The authority that signs the certificates of RDS's servers: one for a run, known by the name of its file before there is any
 * server, as AWS's bundle is. It must not sign for anybody else.
 */
import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { databaseUser } from './user.ts';

/** PEM files of a certificate and its key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

const making = new Map<string, Promise<CertificateFiles>>();

const NEW = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'];

/** Where the authority of a run keeps its certificate; it is there when the first server is. */
export const authorityFile = (run: string): string => path.join(run, 'rds-authority.pem');

async function make(run: string): Promise<CertificateFiles> {
  const files = { certificate: authorityFile(run), key: path.join(run, 'rds-authority.key') };
  mkdirSync(run, { recursive: true });
  if (existsSync(files.certificate)) return files;
  const where = ['-keyout', files.key, '-out', files.certificate];
  await promisify(execFile)('openssl', [...NEW, '-subj', '/CN=RDS of the sandbox', ...where]);
  return files;
}

function authorityOf(run: string): Promise<CertificateFiles> {
  const made = making.get(run) ?? make(run);
  making.set(run, made);
  return made;
}

/** Makes a certificate for an address, and its key. */
export async function certify(run: string, host: string, { certificate, key }: CertificateFiles): Promise<void> {
  const authority = await authorityOf(run);
  const signed = ['-CA', authority.certificate, '-CAkey', authority.key];
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=IP:${host}`];
  await promisify(execFile)('openssl', [...NEW, ...signed, ...subject, '-keyout', key, '-out', certificate]);
}

/** Where a server has its place. */
export interface ServerFolder {
  readonly folder: string;
  readonly host: string;
  /** Default: the folder itself. */
  readonly run?: { readonly folder: string } | undefined;
}

/** The certificate of a server for its address, made once; the key is the server's alone. */
export async function certificateFor({ folder, host, run = { folder } }: ServerFolder) {
  const files = { certificate: path.join(folder, 'server.crt'), key: path.join(folder, 'server.key') };
  const authority = authorityFile(run.folder);
  if (existsSync(files.certificate)) return { ...files, authority };
  mkdirSync(folder, { recursive: true });
  await certify(run.folder, host, files);
  const user = databaseUser();
  if (user !== undefined) chownSync(files.key, user.uid, user.gid);
  return { ...files, authority };
}
