import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as think } from 'node:timers/promises';
import { LineClient } from '@sockpool/pool-compliance/line-client';

/** The most requests on one connection, and the longest thought between two, in milliseconds. */
const MOST_REQUESTS = 20;
const LONGEST_THOUGHT_MS = 60;

/** How long a client waits before it counts as forgotten, in milliseconds. */
const PATIENCE_MS = 30_000;

/** How long after a kill its last connections may still be ending, in milliseconds. */
const AFTERMATH_MS = 1_000;

/** What became of the requests and connections of the clients. */
export interface SoakCounts {
  requests: number;
  connections: number;
  /** Requests without a reply on a connection of a worker that was killed. */
  lostToKills: number;
  /** Connections that ended before a worker had named itself, while one was being killed. */
  unnamed: number;
  /** Connections that a kill ended while no request was under way. */
  idleEndsByKills: number;
  workersKilled: number;
  /** What no kill explains, in words, the first ones. */
  readonly unexplained: string[];
  unexplainedTotal: number;
}

/** Clients each of whose requests is attributed to the worker that served it, and killers of workers. */
export class SoakClients {
  readonly counts: SoakCounts = {
    requests: 0,
    connections: 0,
    lostToKills: 0,
    unnamed: 0,
    idleEndsByKills: 0,
    workersKilled: 0,
    unexplained: [],
    unexplainedTotal: 0,
  };
  readonly #address: AddressInfo;
  readonly #random: () => number;
  readonly #killed = new Set<string>();
  /** When the last kill was over; Infinity while one is under way. */
  #killedAtMs = -Infinity;

  /**
   * @param address where the pool listens
   * @param random a source of numbers from 0 to 1, exclusive
   */
  constructor(address: AddressInfo, random: () => number) {
    this.#address = address;
    this.#random = random;
  }

  /** Connects, asks, thinks, and goes, until the signal fires. */
  async load(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#converse(signal);
  }

  /** Kills the worker that serves it, whose every other client is told apart from then on. */
  async kill(): Promise<void> {
    const client = LineClient.start(this.#address);
    const worker = await nameOf(client);
    if (worker !== undefined) {
      this.#killed.add(worker);
      this.counts.workersKilled += 1;
      this.#killedAtMs = Infinity;
      client.send('die');
    }
    client.socket.end();
    await client.ended;
    if (worker !== undefined) this.#killedAtMs = performance.now();
  }

  async #converse(signal: AbortSignal): Promise<void> {
    const client = LineClient.start(this.#address);
    const connected = await once(client.socket, 'connect').then(
      () => true,
      () => false,
    );
    if (!connected) {
      this.#wonder(`not connected: ${(await client.ended).errorCode}`);
      return;
    }
    this.counts.connections += 1;
    const impatience = setTimeout(() => {
      this.#wonder(`no reply for ${PATIENCE_MS} ms, local port ${client.socket.localPort}`);
      client.socket.destroy();
    }, PATIENCE_MS);
    client.socket.on('data', () => impatience.refresh());
    try {
      await this.#talk(client, signal);
    } finally {
      clearTimeout(impatience);
    }
  }

  async #talk(client: LineClient, signal: AbortSignal): Promise<void> {
    const worker = await nameOf(client);
    if (worker === undefined) {
      await client.ended;
      if (performance.now() - this.#killedAtMs < AFTERMATH_MS) this.counts.unnamed += 1;
      else this.#wonder('ended before a worker had named itself, and none was being killed');
      return;
    }
    const requests = 1 + Math.floor(this.#random() * MOST_REQUESTS);
    for (let request = 0; request < requests && !signal.aborted; request += 1) {
      await think(this.#random() * LONGEST_THOUGHT_MS);
      if (client.socket.closed) {
        this.counts.idleEndsByKills += this.#byKill(worker, client, 'closed while idle');
        return;
      }
      const reply = await client.ask(`request ${request}`);
      if (reply === undefined) {
        this.counts.lostToKills += this.#byKill(worker, client, `request ${request} without reply`);
        return;
      }
      this.counts.requests += 1;
      if (reply !== `request ${request} ${worker}`) this.#wonder(`${worker} replied '${reply}'`);
    }
    const { errorCode } = await client.end();
    if (errorCode !== undefined) this.#byKill(worker, client, `ended by ${errorCode}`);
  }

  #byKill(worker: string, client: LineClient, what: string): 0 | 1 {
    client.socket.destroy();
    if (this.#killed.has(worker)) return 1;
    this.#wonder(`${what}, by worker ${worker}, which nobody killed`);
    return 0;
  }

  #wonder(what: string): void {
    this.counts.unexplainedTotal += 1;
    if (this.counts.unexplained.length < 20) this.counts.unexplained.push(what);
  }
}

async function nameOf(client: LineClient): Promise<string | undefined> {
  return (await client.next())?.split(' ')[1];
}
