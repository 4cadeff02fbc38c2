/** `spec.storage`: the bucket for files that outlive a server. What cannot change is judged with the stage, since the section may be absent. */
import { z } from 'zod';
import { ATOMIC_LIST, bucketName, kmsKeyARN, text, whole } from '../fields.ts';
import { unique, withRules } from '../rules.ts';

/** `spec.storage`. */
export const storage = z.object({
  bucketName: bucketName()
    .optional()
    .describe('Name of the bucket, unique among all accounts of AWS. Absent: one that is made up. Cannot change.'),
  uploadsPrefix: text(256, /^([A-Za-z0-9_.=-]+\/)+$/)
    .default('uploads/')
    .describe('Prefix under which the application may read and write; it ends in a slash.'),
  versioning: z
    .boolean()
    .default(true)
    .describe('Whether what is overwritten or deleted is kept for a while. Off suspends it.'),
  noncurrentExpirationDays: whole(1, 3650).default(30).describe('Days that overwritten and deleted versions are kept.'),
  kmsKeyARN: kmsKeyARN().optional().describe("KMS key of the objects. Absent: S3's own key. Decided at creation."),
  corsAllowedOrigins: withRules(
    z.array(text(256, /^(\*|https?:\/\/[A-Za-z0-9*.-]+(:[0-9]{1,5})?)$/)).max(20),
    [unique('spec.storage.corsAllowedOrigins')],
    ATOMIC_LIST,
  )
    .optional()
    .describe('Origins of web pages that may use the bucket from a browser, for example https://www.example.com.'),
});
