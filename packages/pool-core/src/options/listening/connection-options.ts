import type { ServerOpts } from 'node:net';
import { getDefaultHighWaterMark } from 'node:stream';
import {
  requireBoolean,
  requireDurationMs,
  requireInteger,
  withDefaults,
} from '@sockpool/option-checks';

/** How accepted connections are set up; the same meaning as in Node's `net.createServer()`. */
export interface ConnectionOptions {
  /**
   * Keeps the writable side open after the client has ended its side, so that the
   * handler ends it (`serverHandler` sees to this for HTTP servers by itself).
   * @default false
   */
  readonly allowHalfOpen?: boolean;
  /**
   * Sends small writes at once (disables Nagle's algorithm).
   * @default true
   */
  readonly noDelay?: boolean;
  /**
   * Probes idle connections by TCP keep-alive.
   * @default false
   */
  readonly keepAlive?: boolean;
  /**
   * Idle time before the first keep-alive probe, in milliseconds; 0 leaves it to the system.
   * @default 0
   */
  readonly keepAliveInitialDelayMs?: number;
  /**
   * Bytes that a connection buffers in each direction before it pushes back. Only where
   * workers accept by themselves (`accept: 'worker'`): Node does not keep it when a socket is
   * handed over, so that those taken from the backlog during a `close()` have the default.
   * @default stream.getDefaultHighWaterMark(false)
   */
  readonly highWaterMarkBytes?: number;
}

/** The defaults of {@link ConnectionOptions}. */
export const CONNECTION_DEFAULTS: Required<ConnectionOptions> = Object.freeze({
  allowHalfOpen: false,
  noDelay: true,
  keepAlive: false,
  keepAliveInitialDelayMs: 0,
  highWaterMarkBytes: getDefaultHighWaterMark(false),
});

/**
 * Checks how connections are set up, and fills in the defaults. Does not change its input.
 *
 * @param given what the caller gave
 * @throws {TypeError} when an option is unknown or of the wrong kind
 * @throws {RangeError} when a number is out of bounds
 */
export function resolveConnectionOptions(
  given: ConnectionOptions | undefined,
): Required<ConnectionOptions> {
  const options = withDefaults(
    'connection',
    given,
    CONNECTION_DEFAULTS,
    'what else a server can set on its connections does not survive the move to a worker, so ' +
      'set it in the handler',
  );
  return Object.freeze({
    allowHalfOpen: requireBoolean('connection.allowHalfOpen', options.allowHalfOpen),
    noDelay: requireBoolean('connection.noDelay', options.noDelay),
    keepAlive: requireBoolean('connection.keepAlive', options.keepAlive),
    keepAliveInitialDelayMs: requireDurationMs(
      'connection.keepAliveInitialDelayMs',
      options.keepAliveInitialDelayMs,
    ),
    highWaterMarkBytes: requireInteger(
      'connection.highWaterMarkBytes',
      options.highWaterMarkBytes,
      { min: 1, max: 2 ** 30 },
    ),
  });
}

/**
 * Makes the options of a server whose connections are served by workers.
 *
 * @param connection how connections are set up
 * @param pauseOnConnect true where the accepting side does not read
 */
export function serverOptions(
  connection: Required<ConnectionOptions>,
  pauseOnConnect: boolean,
): ServerOpts {
  return {
    allowHalfOpen: connection.allowHalfOpen,
    noDelay: connection.noDelay,
    keepAlive: connection.keepAlive,
    keepAliveInitialDelay: connection.keepAliveInitialDelayMs,
    // A default that the handler module has changed holds unless the pool was told otherwise.
    ...(connection.highWaterMarkBytes !== CONNECTION_DEFAULTS.highWaterMarkBytes && {
      highWaterMark: connection.highWaterMarkBytes,
    }),
    pauseOnConnect,
  };
}
