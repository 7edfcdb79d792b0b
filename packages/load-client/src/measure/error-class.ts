/**
 * The classes by which every error is counted, each under exactly one.
 *
 * - `refused`: nothing listens at the address (ECONNREFUSED, or ENOENT for a unix socket).
 * - `connectTimeout`: no connection within the connect timeout, or ETIMEDOUT while connecting.
 * - `connectFailed`: another reason not to connect, such as an unreachable network.
 * - `clientLimit`: this machine ran out of local ports, descriptors or memory for sockets.
 * - `tls`: the TLS handshake failed or the certificate was not accepted.
 * - `protocol`: the server does not speak what was asked for: it refused the handshake of WebSocket,
 *   or chose no HTTP/2.
 * - `reset`: the peer reset the connection (ECONNRESET, EPIPE, ECONNABORTED).
 * - `timeout`: the reply did not come within the reply timeout.
 * - `closedBeforeReply`: the peer closed the connection, or had announced that it would, and not a
 *   byte of the reply had come; the request was probably never taken on.
 * - `earlyClose`: the peer closed the connection when a part of the reply had come, or during a TLS
 *   handshake.
 * - `wrongReply`: a whole reply came, and it is not the expected one.
 * - `surplusBytes`: bytes came that answer no request.
 * - `malformedReply`: the bytes break the rules of the framing.
 * - `socketError`: any other error of an open socket.
 */
export type ErrorClass =
  | 'refused'
  | 'connectTimeout'
  | 'connectFailed'
  | 'clientLimit'
  | 'tls'
  | 'protocol'
  | 'reset'
  | 'timeout'
  | 'closedBeforeReply'
  | 'earlyClose'
  | 'wrongReply'
  | 'surplusBytes'
  | 'malformedReply'
  | 'socketError';

/** Every error class, in the order in which reports print them. */
export const ERROR_CLASSES: readonly ErrorClass[] = Object.freeze([
  'refused',
  'connectTimeout',
  'connectFailed',
  'clientLimit',
  'tls',
  'protocol',
  'reset',
  'timeout',
  'closedBeforeReply',
  'earlyClose',
  'wrongReply',
  'surplusBytes',
  'malformedReply',
  'socketError',
]);

/** The classes that only an attempt to connect can have: no request is lost by one. */
const OF_ATTEMPTS: ReadonlySet<ErrorClass> = new Set([
  'refused',
  'connectTimeout',
  'connectFailed',
  'protocol',
]);

/** Returns what a count of that class counts, in brackets, when it is no requests. */
export function attemptsNote(errorClass: string): string {
  return OF_ATTEMPTS.has(errorClass as ErrorClass) ? ' (attempts to connect)' : '';
}

/** A count for every error class. */
export type ErrorCounts = Record<ErrorClass, number>;

/** Returns counts that are all zero. */
export function createErrorCounts(): ErrorCounts {
  return {
    refused: 0,
    connectTimeout: 0,
    connectFailed: 0,
    clientLimit: 0,
    tls: 0,
    protocol: 0,
    reset: 0,
    timeout: 0,
    closedBeforeReply: 0,
    earlyClose: 0,
    wrongReply: 0,
    surplusBytes: 0,
    malformedReply: 0,
    socketError: 0,
  };
}

/** Adds the second counts to the first, in place. */
export function addErrorCounts(total: ErrorCounts, more: Readonly<ErrorCounts>): void {
  for (const errorClass of ERROR_CLASSES) total[errorClass] += more[errorClass];
}

/** Returns the sum over all classes. */
export function sumErrorCounts(counts: Readonly<ErrorCounts>): number {
  return ERROR_CLASSES.reduce((sum, errorClass) => sum + counts[errorClass], 0);
}

const CLIENT_LIMIT_CODES = new Set(['EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
const RESET_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : '';
}

function isTlsCode(code: string): boolean {
  return (
    code.startsWith('ERR_TLS') ||
    code.startsWith('ERR_SSL') ||
    code.startsWith('CERT_') ||
    code.includes('_CERT') ||
    code.includes('SIGNATURE') ||
    code === 'EPROTO'
  );
}

/** Returns the class of an error that ended an attempt to connect; `secure` says that it was TLS. */
export function classifyConnectError(error: Error, secure: boolean): ErrorClass {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return 'refused';
  if (code === 'ETIMEDOUT') return 'connectTimeout';
  if (CLIENT_LIMIT_CODES.has(code)) return 'clientLimit';
  if (secure && isTlsCode(code)) return 'tls';
  if (RESET_CODES.has(code)) return 'reset';
  return 'connectFailed';
}

/** Returns the class of an error that ended an open connection. */
export function classifySocketError(error: Error, secure: boolean): ErrorClass {
  const code = codeOf(error);
  if (RESET_CODES.has(code)) return 'reset';
  if (code === 'ETIMEDOUT') return 'timeout';
  if (CLIENT_LIMIT_CODES.has(code)) return 'clientLimit';
  if (secure && isTlsCode(code)) return 'tls';
  return 'socketError';
}
