import { once } from 'node:events';
import net from 'node:net';

/** What Redis or NATS is for a real chat: keeps what is said, each line once, and tells everybody of it. */
export class Broker implements AsyncDisposable {
  readonly #server = net.createServer((socket) => this.#serve(socket));
  readonly #subscribers = new Set<net.Socket>();
  readonly #lines = new Set<string>();

  /** Starts one on a free port. */
  static async start(): Promise<Broker> {
    const broker = new Broker();
    broker.#server.listen(0, '127.0.0.1');
    await once(broker.#server, 'listening');
    return broker;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#subscribers) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: net.Socket): void {
    this.#subscribers.add(socket);
    let rest = '';
    for (const line of this.#lines) socket.write(`${line}\n`);
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#publish(line);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#subscribers.delete(socket));
  }

  #publish(line: string): void {
    if (this.#lines.has(line)) return;
    this.#lines.add(line);
    for (const subscriber of this.#subscribers) subscriber.write(`${line}\n`);
  }
}
