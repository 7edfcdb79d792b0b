import type { Socket } from 'node:net';
import { describeValue, requireFunction } from '@sockpool/option-checks';
import { isProxyHeaderRefusal, type ProxyProtocolError } from './errors.ts';
import { READ_OPTIONS, type ReadProxyHeaderOptions, resolveReadOptions } from './read-options.ts';
import { readHeader } from './read-proxy-header.ts';

/** Serves one connection; the handlers of sockpool's pools fit, and so do `net` listeners. */
export type ProxiedHandler<Context> = (
  connection: Socket,
  context: Context,
) => void | Promise<void>;

/** What a wrapped handler is called with; the context may be left out where it may be undefined. */
export type ProxiedArguments<Context> = undefined extends Context
  ? [connection: Socket, context?: Context]
  : [connection: Socket, context: Context];

/** How the headers of a handler's connections are read. */
export interface ProxyProtocolOptions<Context> extends ReadProxyHeaderOptions {
  /**
   * Hears why a connection was refused, after it was destroyed. Not called for a connection that
   * closed before its first byte, which is how bare TCP health checks look. Without it, refused
   * connections are dropped in silence: what a stranger sends is no failure of the server.
   * @default none
   */
  readonly onRefused?: (error: ProxyProtocolError, connection: Socket, context: Context) => void;
}

/** Every option, for the check of their names. */
const KNOWN = Object.freeze({
  ...READ_OPTIONS,
  onRefused: true,
} satisfies Record<keyof ProxyProtocolOptions<unknown>, true>);

/**
 * Wraps a connection handler: each connection's header is read first, so that the handler sees the
 * client's address and none of the header. Connections of a proxy's own (`LOCAL`, as its health
 * checks are) are handled too, with their real address.
 *
 * The promise rejects only with what the handler, or `onRefused`, throws. Errors of a socket that
 * is still waiting for its header end that connection in silence.
 *
 * @param options whom to trust, and the limits
 * @param handler what serves the connections
 * @throws {TypeError} when an option is unknown or of the wrong kind
 * @throws {RangeError} when a number is out of bounds
 */
export function proxyProtocol<Context = unknown>(
  options: ProxyProtocolOptions<Context>,
  handler: ProxiedHandler<Context>,
): (...args: ProxiedArguments<Context>) => Promise<void> {
  if (typeof handler !== 'function') {
    throw new TypeError(`Cannot wrap ${describeValue(handler)}: the handler must be a function`);
  }
  const resolved = resolveReadOptions(options, '', KNOWN);
  const { onRefused } = options;
  if (onRefused !== undefined) requireFunction('onRefused', onRefused);
  return async (...args) => {
    // Where the context is left out, its type allows undefined.
    const [connection, context] = args as [Socket, Context];
    try {
      await readHeader(connection, resolved);
    } catch (error) {
      if (isProxyHeaderRefusal(error)) onRefused?.(error, connection, context);
      return;
    }
    await handler(connection, context);
  };
}
