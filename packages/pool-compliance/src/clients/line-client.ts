import { once } from 'node:events';
import net from 'node:net';

/** How a client's connection ended, as the client saw it. */
export interface ClientEnd {
  /** The socket error, such as `ECONNRESET`; undefined after a clean end. */
  readonly errorCode: string | undefined;
}

/** A client that speaks lines, for talking to test handlers. */
export class LineClient implements AsyncDisposable {
  readonly socket: net.Socket;
  /** Resolves when the connection is gone. */
  readonly ended: Promise<ClientEnd>;
  readonly #lines: string[] = [];
  readonly #waiting: ((line: string | undefined) => void)[] = [];
  #rest = '';
  #errorCode: string | undefined;

  private constructor(socket: net.Socket) {
    this.socket = socket.setEncoding('utf8');
    const { promise, resolve } = Promise.withResolvers<ClientEnd>();
    this.ended = promise;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? error.message;
    });
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.once('close', () => {
      for (const giveUp of this.#waiting.splice(0)) giveUp(undefined);
      resolve({ errorCode: this.#errorCode });
    });
  }

  /** Connects; resolves when the connection is established. */
  static async connect(
    address: net.AddressInfo | string | null | undefined,
    localAddress?: string,
  ): Promise<LineClient> {
    const client = LineClient.start(address, localAddress);
    await once(client.socket, 'connect');
    return client;
  }

  /**
   * Begins to connect, for clients that may be refused.
   *
   * @param address where
   * @param localAddress the client's own address
   */
  static start(
    address: net.AddressInfo | string | null | undefined,
    localAddress?: string,
  ): LineClient {
    if (address === null || address === undefined)
      throw new TypeError('Cannot connect to the pool: it does not listen');
    return new LineClient(
      typeof address === 'string'
        ? net.connect(address)
        : net.connect({
            port: address.port,
            host: address.address,
            ...(localAddress !== undefined && { localAddress }),
          }),
    );
  }

  /**
   * Speaks over a connection that there is.
   *
   * @param socket from which nothing has been read
   */
  static over(socket: net.Socket): LineClient {
    return new LineClient(socket);
  }

  /** Sends a line; resolves to the next line received, undefined if the connection ends first. */
  async ask(line: string): Promise<string | undefined> {
    this.send(line);
    return this.next();
  }

  /** Sends a line. */
  send(line: string): void {
    this.socket.write(`${line}\n`);
  }

  /** Resolves to the next line, undefined if the connection ends first. */
  async next(): Promise<string | undefined> {
    const line = this.#lines.shift();
    if (line !== undefined || this.socket.closed) return line;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#waiting.push(resolve);
    return promise;
  }

  /** Ends the client's side and waits for the connection to be gone. */
  async end(): Promise<ClientEnd> {
    this.socket.end();
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.ended;
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const resolve = this.#waiting.shift();
      if (resolve === undefined) this.#lines.push(line);
      else resolve(line);
    }
  }
}
