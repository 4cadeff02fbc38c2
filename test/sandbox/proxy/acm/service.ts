/** Certificate Manager as the proxy knows it: what it says passes through. Others ask it for certificates. */
import { type Service, writesByName } from '../service.ts';

/** Certificate Manager. */
export const Acm: Service = {
  name: 'acm',
  signingName: 'acm',
  protocol: 'json',
  api: 'CertificateManager',
  writes: writesByName,
  // ACM User Guide, "API rate quotas".
  limits: {
    throttled: 'ThrottlingException',
    status: 400,
    rows: [
      { name: 'reads', operations: /^(Describe|Get|List)/, rate: 10, burst: 20 },
      { name: 'writes', operations: /./, rate: 5, burst: 10 },
    ],
  },
  steps: () => [],
};
