/**
 * Field types that several parts of the API share. Every one is bounded, because the API server estimates the cost of
 * rules from declared bounds and because each string ends up in a name, an ARN or a script.
 */
import { z } from 'zod';

/** Keyword of a list that has one owner as a whole, entries and all. */
export const ATOMIC_LIST = { 'x-kubernetes-list-type': 'atomic' } as const;

/** Keyword of an object that has one owner as a whole. */
export const ATOMIC_OBJECT = { 'x-kubernetes-map-type': 'atomic' } as const;

/** A string of 1 to `max` characters that matches `pattern`. */
export function text(max: number, pattern?: RegExp): z.ZodString {
  const bounded = z.string().min(1).max(max);
  return pattern === undefined ? bounded : bounded.regex(pattern);
}

/** A whole number within bounds. */
export function whole(min: number, max: number): z.ZodInt {
  return z.int().min(min).max(max);
}

/** RFC 3339, as Kubernetes writes times. */
export function time(): z.ZodString {
  return z.string().max(40).meta({ format: 'date-time' });
}

/** `<kind>/<name>` of one resource of a tier, as printed in plans and in the status. */
export function role(): z.ZodString {
  return text(128, /^[a-z0-9]+(\.[a-z0-9-]+)+\/[A-Za-z0-9][A-Za-z0-9._/-]*$/);
}

/** Name of a Secret or ConfigMap in the tier's own namespace. */
export function objectName(): z.ZodString {
  return text(253, /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
}

/** One key of a Secret or ConfigMap of the tier's own namespace. */
export function keyReference(what: 'Secret' | 'ConfigMap') {
  return z.object({
    name: objectName().describe(`Name of the ${what}, in the namespace of the ScalingTier.`),
    key: text(253, /^[-._a-zA-Z0-9]+$/).describe(`Key within the ${what}.`),
  });
}

/** ARN of a KMS key. */
export function kmsKeyARN(): z.ZodString {
  return text(256, /^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/(mrk-[0-9a-f]{32}|[0-9a-f-]{36})$/);
}

/** ARN of an IAM policy. */
export function policyARN(): z.ZodString {
  return text(600, /^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy\/[\w+=,.@/-]+$/);
}

/** Absolute path of a URL. */
export function httpPath(): z.ZodString {
  return text(256, /^\/[A-Za-z0-9_.~!$&'()*+,;=:@%/?-]*$/);
}

/** Name of an S3 bucket; without dots, with which TLS does not work. */
export function bucketName(): z.ZodString {
  return text(63, /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
}

/** Name of a host, in lower case and without a dot at the end. */
export function hostName(): z.ZodString {
  return text(253, /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
}
