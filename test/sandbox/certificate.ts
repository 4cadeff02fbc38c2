/** Certificates for listeners that speak TLS, as a person brings them into Certificate Manager. No secret is kept: the key is made here. */
import { generateKeyPairSync } from 'node:crypto';
import { ACMClient, ImportCertificateCommand } from '@aws-sdk/client-acm';
import type { Account } from './account.ts';
import type { SandboxState } from './sandbox.ts';

/**
 * Brings one in and answers with its ARN. The stand-in asks for a certificate and a key that can be read, not for ones that belong
 * together; the certificate of the control plane is one.
 */
export async function bringCertificate(
  { kube }: SandboxState,
  { ec2 }: Account,
  region = 'us-east-1',
): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { endpoint, credentials } = ec2.config;
  const acm = new ACMClient({ region, credentials, ...(endpoint ? { endpoint: await endpoint() } : {}) });
  try {
    const { CertificateArn = '' } = await acm.send(
      new ImportCertificateCommand({
        Certificate: Buffer.from(kube.authority),
        PrivateKey: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      }),
    );
    return CertificateArn;
  } finally {
    acm.destroy();
  }
}
