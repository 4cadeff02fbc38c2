/** The forms that RDS's calls travel in, for calls whose fields the proxy has changed. */
import type { Call } from '../call.ts';

/** A call with some of its fields set, or taken out when `undefined`; the others stay as the client wrote them. */
export function withFields(call: Call, fields: Readonly<Record<string, string | undefined>>): Call {
  const form = new URLSearchParams(call.body.toString());
  for (const [name, value] of Object.entries(fields)) {
    for (const key of [...form.keys()]) if (key === name || key.startsWith(`${name}.`)) form.delete(key);
    if (value !== undefined) form.set(name, value);
  }
  const params = Object.fromEntries(
    Object.entries({ ...call.params, ...fields }).filter(([, value]) => value !== undefined),
  );
  return { ...call, params, body: Buffer.from(form.toString()) };
}
