import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import { describeValue, requireObject } from '@sockpool/option-checks';
import type { ProbeTarget, WorkerProbe } from '../../options/workers/rollout-options.ts';

/** How {@link httpProbe} asks. */
export interface HttpProbeOptions {
  /**
   * Headers of the request.
   * @default host: localhost
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Asks over TLS, with these options of `tls.connect()`, such as `ca` and `servername`.
   * @default none, plain HTTP
   */
  readonly tls?: ConnectionOptions;
}

/**
 * Makes a probe that sends a worker one HTTP/1.1 request, and takes it to work if it
 * answers with a status below 400.
 *
 * @param path what is asked for, such as `/health`
 * @param options how
 * @returns a value for the option `probe`
 * @throws {TypeError} when the path does not begin with a slash, or options are no object
 * @example
 * await pool.restart({ probe: httpProbe('/health') });
 */
export function httpProbe(path: string, options: HttpProbeOptions = {}): WorkerProbe {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new TypeError(`Option path must begin with '/', got ${describeValue(path)}`);
  }
  const { headers = { host: 'localhost' }, tls: secure } = requireObject('Probe options', options);
  return async ({ connect, signal }: ProbeTarget): Promise<void> => {
    // Loaded when they are needed: pools without such a probe start faster.
    const http = process.getBuiltinModule('node:http');
    const tls = process.getBuiltinModule('node:tls');
    const plain = await connect();
    const socket = secure === undefined ? plain : tls.connect({ ...secure, socket: plain });
    try {
      const request = http.get({ path, headers, signal, createConnection: () => socket });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const { statusCode = 0 } = response;
      if (statusCode >= 400) throw new Error(`GET ${path} was answered with ${statusCode}`);
      // A worker may as well die while it answers.
      await once(response.resume(), 'end');
    } finally {
      socket.destroy();
    }
  };
}
