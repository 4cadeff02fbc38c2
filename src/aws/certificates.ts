/** Certificates of AWS Certificate Manager, which users request and renew: looked at, never changed. */
import { DescribeCertificateCommand } from '@aws-sdk/client-acm';
import type { Aws } from './driver.ts';
import { classify } from './errors.ts';

/** Status of a certificate in AWS's words, `ISSUED` when it can be used; nothing when this account does not have it. */
export async function certificateStatus(aws: Aws, CertificateArn: string): Promise<string | undefined> {
  try {
    const { Certificate } = await aws.acm.send(new DescribeCertificateCommand({ CertificateArn }));
    return Certificate?.Status;
  } catch (error) {
    const { class: sort } = classify(error);
    if (sort === 'notFound' || sort === 'invalid') return undefined;
    throw error;
  }
}
