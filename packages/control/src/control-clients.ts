import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The clients of a control server. One more than it may have costs the one that has been idle for
 * the longest its connection; when all are busy, the new one is refused.
 */
export class ControlClients {
  /** How many requests each has under way; who was idle first stands first among the idle ones. */
  readonly #busy = new Map<Socket, number>();
  /** Those who have asked before. */
  readonly #known = new WeakSet<Socket>();

  /**
   * @param server whose clients they are
   * @param max how many there may be
   */
  constructor(server: Server, max: number) {
    server.on('connection', (client: Socket) => {
      if (this.#busy.size >= max && !this.#dropIdle()) {
        client.destroy();
        return;
      }
      this.#busy.set(client, 0);
      client.once('close', () => this.#busy.delete(client));
    });
  }

  /** Takes note of a request. */
  serve(client: Socket, response: ServerResponse): void {
    this.#known.add(client);
    this.#busy.set(client, (this.#busy.get(client) ?? 0) + 1);
    response.once('close', () => {
      const left = (this.#busy.get(client) ?? 1) - 1;
      this.#busy.delete(client);
      if (!client.destroyed) this.#busy.set(client, left);
    });
  }

  /** Closes the connections of those who have been answered; those who have not asked yet may do so. */
  closeAnswered(): void {
    for (const [client, requests] of this.#busy) {
      if (requests === 0 && this.#known.has(client)) client.end();
    }
  }

  #dropIdle(): boolean {
    for (const [client, requests] of this.#busy) {
      if (requests > 0) continue;
      this.#busy.delete(client);
      client.destroy();
      return true;
    }
    return false;
  }
}
