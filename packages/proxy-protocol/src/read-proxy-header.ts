import type { Socket } from 'node:net';
import { adoptHeader } from './client-address.ts';
import { ProxyHeaderEndedError, ProxyHeaderTimeoutError, UntrustedProxyError } from './errors.ts';
import type { ProxyHeader } from './proxy-header.ts';
import { createProxyHeaderDecoder, type DecodedProxyHeader } from './proxy-header-decoder.ts';
import {
  type ReadProxyHeaderOptions,
  type ResolvedReadOptions,
  resolveReadOptions,
} from './read-options.ts';

/**
 * Reads the header from a socket, and makes the socket tell the client's addresses.
 *
 * It reads nothing but the header: what came behind it is put back, so the next reader (the
 * handler, an HTTP server, a TLS server) finds the stream as if there had been no header. The
 * socket is not left flowing. Call it before anything else reads from the socket; attach
 * listeners right after the `await`.
 *
 * When it rejects, the socket is destroyed.
 *
 * @param socket a connected socket, also one that was paused, moved to a thread or handed over
 *   by a message
 * @param options whom to trust, and the limits
 * @returns the header; undefined when the connection is passed through without one
 * @throws {TypeError} when an option is unknown or of the wrong kind
 * @throws {RangeError} when a number is out of bounds
 * @throws {UntrustedProxyError} when the peer is not trusted and `untrusted` is `'refuse'`
 * @throws {InvalidProxyHeaderError} when what comes is no header
 * @throws {ProxyHeaderTimeoutError} when the header is not complete in time
 * @throws {ProxyHeaderEndedError} when the connection ends before the header is complete
 * @throws {Error} the socket's error, or the signal's reason
 */
export async function readProxyHeader(
  socket: Socket,
  options: ReadProxyHeaderOptions,
): Promise<ProxyHeader | undefined> {
  return readHeader(socket, resolveReadOptions(options));
}

/** Reads the header from a socket as {@link readProxyHeader} does, with options that it has. */
export type ProxyHeaderReader = (socket: Socket) => Promise<ProxyHeader | undefined>;

/**
 * Makes a reader for many sockets, which checks its options once, here.
 *
 * @param options whom to trust, and the limits
 * @param prefix stands before the options' names in messages, such as `'proxyProtocol.'`
 * @throws {TypeError} when an option is unknown or of the wrong kind
 * @throws {RangeError} when a number is out of bounds
 */
export function createProxyHeaderReader(
  options: ReadProxyHeaderOptions,
  prefix: string = '',
): ProxyHeaderReader {
  const resolved = resolveReadOptions(options, prefix);
  return (socket) => readHeader(socket, resolved);
}

/**
 * Does what {@link readProxyHeader} does, with checked options.
 *
 * @param socket a connected socket
 * @param options the checked options
 */
export async function readHeader(
  socket: Socket,
  options: ResolvedReadOptions,
): Promise<ProxyHeader | undefined> {
  try {
    options.signal?.throwIfAborted();
    if (socket.destroyed) throw socket.errored ?? new ProxyHeaderEndedError(0);
    if (!options.isTrusted(socket)) {
      if (options.untrusted === 'pass') return undefined;
      throw new UntrustedProxyError(socket.remoteAddress);
    }
    const header = await new HeaderReading(socket, options).result;
    if (header !== undefined) adoptHeader(socket, header);
    return header;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** One header being read from one socket. */
class HeaderReading {
  readonly result: Promise<ProxyHeader | undefined>;
  readonly #socket: Socket;
  readonly #options: ResolvedReadOptions;
  readonly #settle: PromiseWithResolvers<ProxyHeader | undefined> = Promise.withResolvers();
  readonly #decoder: ReturnType<typeof createProxyHeaderDecoder>;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #settled = false;

  constructor(socket: Socket, options: ResolvedReadOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#decoder = createProxyHeaderDecoder({ maxHeaderBytes: options.maxHeaderBytes });
    this.result = this.#settle.promise;
    this.#timer = setTimeout(() => this.#onTimeout(), options.timeoutMs);
    socket
      .on('readable', this.#onReadable)
      .on('end', this.#onEnd)
      .on('close', this.#onEnd)
      .on('error', this.#onError);
    options.signal?.addEventListener('abort', this.#onAbort);
    // What is buffered may have been announced already, to a listener that is gone.
    this.#onReadable();
  }

  /**
   * Reads in a microtask: taking the last bytes of an ended stream makes Node emit 'end' in the
   * next tick, which comes after the microtasks, so that the caller can still listen for it.
   */
  readonly #onReadable = (): void => {
    queueMicrotask(() => {
      if (!this.#settled) this.#read();
    });
  };

  readonly #onEnd = (): void => {
    this.#fail(new ProxyHeaderEndedError(this.#received));
  };

  readonly #onError = (error: Error): void => this.#fail(error);

  readonly #onAbort = (): void => this.#fail(this.#options.signal?.reason);

  #onTimeout(): void {
    if (!this.#options.required && this.#received === 0) this.#finish(undefined);
    else this.#fail(new ProxyHeaderTimeoutError(this.#options.timeoutMs, this.#received));
  }

  get #received(): number {
    return this.#decoder.receivedBytes;
  }

  #read(): void {
    const chunk = this.#socket.read() as Buffer | null;
    if (chunk === null) return;
    this.#chunks.push(chunk);
    let decoded: DecodedProxyHeader | undefined;
    try {
      decoded = this.#decoder.push(chunk);
    } catch (error) {
      if (this.#options.required) this.#fail(error);
      else this.#finish(undefined, Buffer.concat(this.#chunks));
      return;
    }
    if (decoded !== undefined) this.#finish(decoded.header, decoded.rest);
  }

  #finish(header: ProxyHeader | undefined, rest?: Buffer): void {
    if (this.#settled) return;
    // Before the listeners go, so that an ended stream is never seen empty.
    if (rest !== undefined && rest.length > 0) this.#socket.unshift(rest);
    this.#stop();
    this.#settle.resolve(header);
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#stop();
    this.#settle.reject(error);
  }

  #stop(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#socket
      .off('readable', this.#onReadable)
      .off('end', this.#onEnd)
      .off('close', this.#onEnd)
      .off('error', this.#onError);
  }
}
