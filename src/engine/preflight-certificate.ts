/** Whether a certificate is there and can be used. Who asks for certificates, and proves whose they are, is a person. */
import { certificateStatus } from '../aws/certificates.ts';
import type { CertificateDemand } from '../core/demand.ts';
import { InvalidSpec } from '../core/invalid.ts';
import type { Check } from './preflight-check.ts';
import { deniedWarning } from './preflight-unknown.ts';

/** The check of certificates. */
export const certificateCheck: Check<CertificateDemand> = {
  textOf: ({ arn }) => arn,
  async ask({ aws }, { field, arn }) {
    try {
      const status = await certificateStatus(aws, arn);
      if (status === 'ISSUED') return {};
      if (status === undefined) {
        throw new InvalidSpec(
          `${field}: account ${aws.accountID} has no certificate ${arn} in ${aws.region}; name one that it has`,
        );
      }
      throw new InvalidSpec(
        `${field}: certificate ${arn} is ${status}, not ISSUED; validate it in AWS Certificate Manager or name another`,
      );
    } catch (error) {
      const warning = deniedWarning(error, {
        what: `whether certificate ${arn} is issued`,
        right: 'acm:DescribeCertificate',
      });
      return { confirm: () => warning };
    }
  },
};
