/**
 * What the stand-in cannot do must fail loudly: its HTML error pages would look like an outage of AWS, and a client would
 * retry them for ever.
 */
import { type Answer, Refusal, type Step } from './call.ts';

/** The code of every call that the stand-in cannot answer. Not an AWS code, so that nobody handles it by accident. */
export const UNIMPLEMENTED = 'SandboxUnimplemented';

function isPage(answer: Answer): boolean {
  return /^\s*<(!doctype )?html/i.test(answer.body.toString('utf8', 0, 40));
}

/** Turns the stand-in's error pages into a loud error that names the operation. */
export const unimplemented: Step = async (call, next) => {
  const answer = await next(call);
  const lacking = answer.status === 501 || (answer.status >= 400 && (isPage(answer) || answer.body.length === 0));
  if (!lacking || call.method === 'HEAD') return answer;
  throw new Refusal(
    UNIMPLEMENTED,
    `the stand-in cannot do ${call.service}:${call.operation} with these parameters`,
    501,
  );
};
