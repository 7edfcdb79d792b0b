import {
  requireFunction,
  requireKnownOptions,
  requireNumber,
  requireObject,
} from '@sockpool/option-checks';
import {
  DEFAULT_MAX_MESSAGE_BYTES,
  type Framing,
  requireFraming,
  resolveMaxMessageBytes,
} from '../framing/framing.ts';

/** Describes what the echo handler uses of the context of a pool's worker: nothing is required. */
export interface EchoContext {
  /**
   * Fires when the worker starts draining. The handler goes on serving the
   * connection until its client closes it; cutting it is up to the pool.
   */
  readonly signal?: AbortSignal | undefined;
}

/** Identifies a connection to the callbacks of {@link EchoHandlerOptions}. */
export interface EchoConnection<Context> {
  /** Gives the client's address; `undefined` for a socket without one, such as a Unix socket. */
  readonly remoteAddress: string | undefined;
  /** Gives the client's port; `undefined` for a socket without one. */
  readonly remotePort: number | undefined;
  /** Gives the second argument of the handler's call. */
  readonly context: Context | undefined;
}

/**
 * Configures `createEchoHandler()`.
 *
 * A callback that throws destroys its connection, and the handler's promise
 * rejects with what was thrown: this is the only way in which it rejects.
 */
export interface EchoHandlerOptions<Context extends EchoContext = EchoContext> {
  /**
   * Sets how requests and replies are separated.
   *
   * @default 'raw'
   */
  readonly framing?: Framing | undefined;
  /**
   * Sets the largest request in bytes, without its line ending or length
   * prefix; in `raw` framing the receive size, at which a chunk is cut.
   *
   * @default 1_000 for `raw`, 1_048_576 for `line` and `length-prefixed`
   */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Sets how long, in milliseconds, the bytes of a client are read and dropped
   * after a request over the limit, so that the replies before it arrive: closing
   * with unread bytes resets the connection, and a reset can overtake replies.
   * With 0 the connection is cut at once.
   *
   * @default 2_000
   */
  readonly lingerMs?: number | undefined;
  /**
   * Takes the text of each request, without trailing blanks, before its reply is sent.
   * @default none
   */
  readonly onMessage?: ((text: string, connection: EchoConnection<Context>) => void) | undefined;
  /**
   * Takes what ended a connection early: a `MessageTooLargeError`, a
   * `TruncatedMessageError`, or an error of the socket such as `ECONNRESET`.
   * @default none
   */
  readonly onError?: ((error: Error, connection: EchoConnection<Context>) => void) | undefined;
  /**
   * Runs once for each connection, after it closed.
   * @default none
   */
  readonly onClose?: ((connection: EchoConnection<Context>) => void) | undefined;
}

/** Holds the options of the echo handler, checked and with defaults. */
export interface ResolvedEchoHandlerOptions<Context extends EchoContext> {
  readonly framing: Framing;
  readonly maxMessageBytes: number;
  readonly lingerMs: number;
  readonly onMessage: EchoHandlerOptions<Context>['onMessage'];
  readonly onError: EchoHandlerOptions<Context>['onError'];
  readonly onClose: EchoHandlerOptions<Context>['onClose'];
}

/** Lists the defaults of {@link EchoHandlerOptions}. */
export const ECHO_HANDLER_DEFAULTS: Readonly<{
  framing: Framing;
  maxMessageBytes: Readonly<Record<Framing, number>>;
  lingerMs: number;
}> = Object.freeze({
  framing: 'raw',
  maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES,
  lingerMs: 2_000,
});

/** Lists every option, for the check of their names. */
const KNOWN = Object.freeze({
  framing: true,
  maxMessageBytes: true,
  lingerMs: true,
  onMessage: true,
  onError: true,
  onClose: true,
} satisfies Record<keyof EchoHandlerOptions, true>);

/** Gives the longest delay of a timer, in milliseconds. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Checks the options and fills in the defaults; the input is not changed.
 *
 * @throws {TypeError} when an option is unknown or has the wrong type
 * @throws {RangeError} when a number is out of range
 */
export function resolveEchoHandlerOptions<Context extends EchoContext>(
  options: EchoHandlerOptions<Context>,
): ResolvedEchoHandlerOptions<Context> {
  requireObject('Options of an echo handler', options, "{ framing: 'line' }");
  requireKnownOptions(options, KNOWN);
  const framing = requireFraming(options.framing ?? ECHO_HANDLER_DEFAULTS.framing);
  const { onMessage, onError, onClose } = options;
  for (const [name, callback] of Object.entries({ onMessage, onError, onClose })) {
    if (callback !== undefined) requireFunction(name, callback);
  }
  return {
    framing,
    maxMessageBytes: resolveMaxMessageBytes(framing, options.maxMessageBytes),
    lingerMs: requireNumber('lingerMs', options.lingerMs ?? ECHO_HANDLER_DEFAULTS.lingerMs, {
      min: 0,
      max: MAX_TIMER_MS,
    }),
    onMessage,
    onError,
    onClose,
  };
}
