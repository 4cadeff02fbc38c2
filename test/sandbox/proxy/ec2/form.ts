/** The form that EC2 calls travel in, for calls whose parameters the proxy has changed. */
import type { Call, Params } from '../call.ts';
import { formOfParams } from '../protocol.ts';

const VERSION = '2016-11-15';

/** A call with other parameters. */
export function withParams(call: Call, params: Params): Call {
  return { ...call, params, body: Buffer.from(formOfParams({ Action: call.operation, Version: VERSION, ...params })) };
}
