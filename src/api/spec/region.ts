/** ARNs that must be of the tier's own region, because AWS takes no others there. */
import { present, type Rule, valueAt } from '../rules.ts';

interface Located {
  readonly aws: { readonly region: string };
}

function ofRegion(path: string, what: string): Rule<Located> {
  return {
    rule: `!(${present('self', path)}) || self.${path}.split(':')[3] == self.aws.region`,
    message: `spec.${path} must name a ${what} of the region in spec.aws.region`,
    fieldPath: `.${path}`,
    holds: (self) => {
      const arn = valueAt(self, path);
      return typeof arn !== 'string' || arn.split(':')[3] === self.aws.region;
    },
  };
}

/** Rules about the region of single ARNs. */
export const regionRules: readonly Rule<Located>[] = [
  ofRegion('compute.kmsKeyARN', 'key'),
  ofRegion('database.rds.kmsKeyARN', 'key'),
  ofRegion('cache.kmsKeyARN', 'key'),
  ofRegion('storage.kmsKeyARN', 'key'),
  ofRegion('observability.snsTopicARN', 'topic'),
];
