/**
 * The authority that signs the certificates of RDS's servers: one for a run, known by the name of its file before there is any
 * server, as AWS's bundle is. It must not sign for anybody else.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

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
