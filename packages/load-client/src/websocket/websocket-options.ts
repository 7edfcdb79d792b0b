import { requireKnown } from '../option-checks.ts';
import { checkHeaders, type HeaderFields } from '../messages/header-fields.ts';

/** How WebSocket connections (RFC 6455) are opened, and how messages are sent on them. */
export interface WebSocketOptions {
  /** The path and query that are asked for. @default '/' */
  readonly path?: string | undefined;
  /** Header fields of the opening handshake, beside its own; `Host` replaces the target's. @default {} */
  readonly headers?: HeaderFields | undefined;
  /** The subprotocols that are offered; the server must choose one of them. @default none */
  readonly protocols?: readonly string[] | undefined;
  /** Whether messages are sent, and expected, as binary ones instead of texts. @default false */
  readonly binary?: boolean | undefined;
}

/** {@link WebSocketOptions} with every default filled in. */
export type ResolvedWebSocketOptions = {
  readonly [Name in keyof WebSocketOptions]-?: Exclude<WebSocketOptions[Name], undefined>;
};

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The header fields that the handshake itself writes. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Checks WebSocket options and fills in the defaults; the input is not changed.
 *
 * @throws {TypeError} when one is unknown, or can't be sent
 */
export function resolveWebSocketOptions(options: WebSocketOptions): ResolvedWebSocketOptions {
  requireKnown('websocket', options, ['path', 'headers', 'protocols', 'binary']);
  const { path = '/', headers = {}, protocols = [], binary = false } = options;
  if (typeof path !== 'string' || !/^\/[\x21-\x7e]*$/.test(path)) {
    throw new TypeError(`Option websocket.path must be such as '/chat?room=1', got '${path}'`);
  }
  const wrong = protocols.find((protocol) => !TOKEN.test(protocol));
  if (wrong !== undefined) {
    throw new TypeError(`Cannot offer the WebSocket subprotocol '${wrong}': it is no token`);
  }
  checkHeaders(headers, OWN_FIELDS);
  return { path, headers: { ...headers }, protocols: [...protocols], binary };
}
