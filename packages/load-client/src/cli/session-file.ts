import type { LoadOptions } from '../options/load-options.ts';
import type { SessionOptions } from '../session/session-options.ts';
import type { UrlOptions } from '../options/target-url.ts';
import { readInput } from './read-input.ts';

/** Header fields as they are written on the command line. */
export function readHeaders(fields: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const field of fields) {
    const colon = field.indexOf(':');
    (headers[field.slice(0, Math.max(0, colon))] ??= []).push(field.slice(colon + 1).trim());
  }
  return headers;
}

/** Flags of HTTP that the steps of a session say themselves. */
const IN_STEPS = ['http', 'httpBody', 'httpBodyFile', 'httpStatus', 'httpExpectBody'] as const;

/** What the command line says of the connections of a session. */
type SessionFlags = Readonly<Partial<Record<(typeof IN_STEPS)[number], unknown>>> & {
  readonly http2?: boolean | undefined;
  readonly httpHeader?: readonly string[] | undefined;
};

/**
 * Reads the session of a file, with what the URL and the flags say of its connections.
 *
 * @throws {TypeError} when the file holds no session, or a flag says what its steps say
 */
export async function readSession(
  file: string,
  flags: SessionFlags,
  ofUrl: Partial<UrlOptions>,
): Promise<LoadOptions['session']> {
  const name = IN_STEPS.find((each) => flags[each] !== undefined);
  if (name !== undefined) {
    const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new TypeError(
      `Cannot use --${flag} beside --session: write it in the steps of '${file}'`,
    );
  }
  const path = ofUrl.http?.requests[0];
  if (path !== undefined && path !== 'GET /') {
    throw new TypeError(
      `Cannot use the path of the URL beside --session: write '${path}' in the steps of '${file}'`,
    );
  }
  const text = (await readInput(file)).toString();
  let session: SessionOptions;
  try {
    session = JSON.parse(text) as SessionOptions;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`Cannot read the session of '${file}': it is not JSON: ${reason}`, {
      cause: error,
    });
  }
  const version = flags.http2 === true ? '2' : ofUrl.http?.version;
  const headers = ofUrl.websocket === undefined ? readHeaders(flags.httpHeader ?? []) : {};
  return {
    ...session,
    ...(version === undefined ? {} : { version }),
    ...(Object.keys(headers).length === 0 ? {} : { headers: { ...session.headers, ...headers } }),
  };
}
