import type { Socket } from 'node:net';

/**
 * The clients of a small server that must answer whoever asks it properly. Each has so much time
 * for all that it does. When there are too many, the address with the most clients loses its oldest
 * one, so that neither silent clients nor a flood keep others out.
 */
export class BoundedClients {
  readonly #max: number;
  readonly #deadlineMs: number;
  /** By address, the oldest first. */
  readonly #byAddress = new Map<string, Set<Socket>>();
  #count = 0;

  /**
   * @param max how many there may be
   * @param deadlineMs how long each may stay, in milliseconds
   */
  constructor(max: number, deadlineMs: number) {
    this.#max = max;
    this.#deadlineMs = deadlineMs;
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Takes one more, which may cost another one its connection. */
  add(client: Socket): void {
    const address = client.remoteAddress ?? '';
    const others = this.#byAddress.get(address) ?? new Set<Socket>();
    this.#byAddress.set(address, others.add(client));
    this.#count += 1;
    const deadline = setTimeout(() => client.destroy(), this.#deadlineMs).unref();
    client.once('close', () => {
      clearTimeout(deadline);
      this.#delete(address, client);
    });
    if (this.#count > this.#max) this.#dropOne();
  }

  #dropOne(): void {
    let most: readonly [address: string, clients: ReadonlySet<Socket>] | undefined;
    for (const entry of this.#byAddress) {
      if (most === undefined || entry[1].size > most[1].size) most = entry;
    }
    const [oldest] = most?.[1] ?? [];
    if (most === undefined || oldest === undefined) return;
    this.#delete(most[0], oldest);
    oldest.destroy();
  }

  #delete(address: string, client: Socket): void {
    const clients = this.#byAddress.get(address);
    if (clients?.delete(client) !== true) return;
    this.#count -= 1;
    if (clients.size === 0) this.#byAddress.delete(address);
  }
}
