/**
 * Recognises what sort of cloud-init document a text is, by its first line, as cloud-init does. What it does not know it
 * refuses: cloud-init would ignore it with no more than a warning on the server.
 */
import { InvalidSpec } from '../../core/invalid.ts';

/** First lines that cloud-init knows, the longer of two with the same start first. */
const TYPES: readonly (readonly [start: string, type: string])[] = [
  ['## template: jinja', 'text/jinja2'],
  ['#cloud-config-archive', 'text/cloud-config-archive'],
  ['#cloud-config-jsonp', 'text/cloud-config-jsonp'],
  ['#cloud-boothook', 'text/cloud-boothook'],
  ['#include-once', 'text/x-include-once-url'],
  ['#cloud-config', 'text/cloud-config'],
  ['#part-handler', 'text/part-handler'],
  ['#include', 'text/x-include-url'],
  ['#!', 'text/x-shellscript'],
];

const HEADER = /^(?:content-type|mime-version|content-disposition|content-transfer-encoding):/i;
const MULTIPART = /^content-type:\s*multipart\//im;

/** The content type of a user's own user data; `multipart` when it is a document of several parts. */
export function contentTypeOf(text: string): string {
  const known = TYPES.find(([start]) => text.startsWith(start));
  if (known) return known[1];
  const head = text.split(/\r?\n\r?\n/, 1)[0] ?? '';
  if (HEADER.test(text) && MULTIPART.test(head)) return 'multipart';
  throw new InvalidSpec(
    `spec.compute.userData starts with ${JSON.stringify(firstLine(text))}, which is nothing that cloud-init runs: ` +
      'start it with #!/bin/sh, #cloud-config, #include or the headers of a multipart document',
  );
}

// Short, because user data may hold what logs and statuses should not.
function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 20);
}
