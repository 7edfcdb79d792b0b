import { once } from 'node:events';
import net from 'node:net';
import { onTestFinished } from 'vitest';
import type { ClientEnd } from './line-client.ts';
import { portAddress } from './port-address.ts';

/** A complete reply. */
export interface Http1Reply {
  readonly status: number;
  readonly body: Buffer;
  /** Whether it says `Connection: close`. */
  readonly close: boolean;
}

/** A client that shows what really happens on an HTTP/1 connection. */
export class Http1Client {
  readonly socket: net.Socket;
  /** Resolves when the connection is gone. */
  readonly ended: Promise<ClientEnd & { readonly truncated: boolean }>;
  readonly #replies: Http1Reply[] = [];
  readonly #waiting: ((reply: Http1Reply | undefined) => void)[] = [];
  #received: Buffer = Buffer.alloc(0);
  #errorCode: string | undefined;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    const { promise, resolve } = Promise.withResolvers<Awaited<Http1Client['ended']>>();
    this.ended = promise;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errorCode = error.code ?? error.message;
    });
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.once('close', () => {
      for (const giveUp of this.#waiting.splice(0)) giveUp(undefined);
      resolve({ errorCode: this.#errorCode, truncated: this.#received.length > 0 });
    });
  }

  /** Connects; the connection goes with the test. */
  static async connect(address: net.AddressInfo | string | undefined): Promise<Http1Client> {
    const { port, address: host } = portAddress(address);
    const client = new Http1Client(net.connect(port, host));
    onTestFinished(async () => {
      client.socket.destroy();
      await client.ended;
    });
    await once(client.socket, 'connect');
    return client;
  }

  /** Sends requests in one piece. */
  send(...paths: readonly string[]): void {
    this.socket.write(
      paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''),
    );
  }

  /** Resolves to the next reply, undefined if the connection ends before it is complete. */
  async next(): Promise<Http1Reply | undefined> {
    const reply = this.#replies.shift();
    if (reply !== undefined || this.socket.closed) return reply;
    const { promise, resolve } = Promise.withResolvers<Http1Reply | undefined>();
    this.#waiting.push(resolve);
    return promise;
  }

  /** Sends one request, and resolves to its reply. */
  async get(path: string): Promise<Http1Reply | undefined> {
    this.send(path);
    return this.next();
  }

  #read(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const bodyAt = this.#received.indexOf('\r\n\r\n') + 4;
      if (bodyAt < 4) return;
      const head = this.#received.toString('latin1', 0, bodyAt);
      const end = bodyAt + Number(/^content-length: (\d+)/im.exec(head)?.[1]);
      if (!(this.#received.length >= end)) return;
      const reply = {
        status: Number(head.split(' ')[1]),
        body: this.#received.subarray(bodyAt, end),
        close: /^connection: close/im.test(head),
      };
      this.#received = this.#received.subarray(end);
      const resolve = this.#waiting.shift();
      if (resolve === undefined) this.#replies.push(reply);
      else resolve(reply);
    }
  }
}
