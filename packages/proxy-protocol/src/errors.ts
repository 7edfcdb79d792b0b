/**
 * Reports bytes that are no PROXY protocol header. The connection must be given up: what follows
 * cannot be told from a header.
 */
export class InvalidProxyHeaderError extends Error {
  static {
    this.prototype.name = 'InvalidProxyHeaderError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_PROXY_PROTOCOL_INVALID';

  /** @param reason what is wrong, as a clause */
  constructor(reason: string) {
    super(`Cannot read the PROXY protocol header: ${reason}`);
  }
}

/** Reports a connection from an address that may not say who its client is. */
export class UntrustedProxyError extends Error {
  static {
    this.prototype.name = 'UntrustedProxyError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_PROXY_PROTOCOL_UNTRUSTED';
  /** The address that connected; undefined for a unix-domain socket. */
  readonly remoteAddress: string | undefined;

  /** @param remoteAddress who connected */
  constructor(remoteAddress: string | undefined) {
    const who = remoteAddress ?? 'a unix-domain socket';
    super(`Cannot accept a PROXY protocol header from ${who}: it is not among the trusted sources`);
    this.remoteAddress = remoteAddress;
  }
}

/** Reports a header that was not complete in time. */
export class ProxyHeaderTimeoutError extends Error {
  static {
    this.prototype.name = 'ProxyHeaderTimeoutError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_PROXY_PROTOCOL_TIMEOUT';
  /** How long was waited, in milliseconds. */
  readonly timeoutMs: number;
  /** How many bytes of the header had come. */
  readonly receivedBytes: number;

  /**
   * @param timeoutMs how long was waited
   * @param receivedBytes how much had come
   */
  constructor(timeoutMs: number, receivedBytes: number) {
    super(
      `Cannot read the PROXY protocol header: after ${timeoutMs} ms (timeoutMs) only ` +
        `${receivedBytes} bytes of it had come`,
    );
    this.timeoutMs = timeoutMs;
    this.receivedBytes = receivedBytes;
  }
}

/** Reports a connection that ended before its header was complete. */
export class ProxyHeaderEndedError extends Error {
  static {
    this.prototype.name = 'ProxyHeaderEndedError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_PROXY_PROTOCOL_ENDED';
  /** How many bytes of the header had come; 0 for a bare TCP health check. */
  readonly receivedBytes: number;

  /** @param receivedBytes how much had come */
  constructor(receivedBytes: number) {
    super(
      `Cannot read the PROXY protocol header: the connection ended after ${receivedBytes} bytes`,
    );
    this.receivedBytes = receivedBytes;
  }
}

/** What a connection is refused for. */
export type ProxyProtocolError =
  | InvalidProxyHeaderError
  | ProxyHeaderEndedError
  | ProxyHeaderTimeoutError
  | UntrustedProxyError;

/**
 * Tells whether a header could not be read because of what the peer sent or is. False for errors
 * of the socket itself, and for a connection that ended before its first byte, which is how
 * bare TCP health checks look.
 *
 * @param error what `readProxyHeader()` rejected with
 */
export function isProxyHeaderRefusal(error: unknown): error is ProxyProtocolError {
  if (error instanceof ProxyHeaderEndedError) return error.receivedBytes > 0;
  return (
    error instanceof InvalidProxyHeaderError ||
    error instanceof ProxyHeaderTimeoutError ||
    error instanceof UntrustedProxyError
  );
}
