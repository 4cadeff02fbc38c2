/** One look at an HTTP or HTTPS address, to see whether a server is up. It must not retry: whoever asks decides. */
import http from 'node:http';
import https from 'node:https';

/** What a look needs besides the address. */
export interface LookOptions {
  /** PEM of the certificates to trust instead of the usual ones. */
  readonly authority?: string;
  readonly token?: string;
}

/** The status that an address answers with; `undefined` when nobody answers within two seconds. */
export function httpStatus(url: string, { authority, token }: LookOptions = {}): Promise<number | undefined> {
  return new Promise((resolve) => {
    const options = {
      agent: false,
      timeout: 2_000,
      ...(authority === undefined ? {} : { ca: authority }),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    } as const;
    const look = url.startsWith('https:') ? https.get(url, options) : http.get(url, options);
    look.once('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    look.once('timeout', () => look.destroy());
    look.once('error', () => resolve(undefined));
    look.once('close', () => resolve(undefined));
  });
}
