import type { AddressInfo } from 'node:net';
import type { ResolvedListenOptions } from './listen-options.ts';

/** A listening socket that this process has from another one. */
export interface InheritedSocket {
  /** Its descriptor in this process. */
  readonly fd: number;
  readonly address: AddressInfo;
}

/** The listening sockets that a pool has from its predecessor, each of which it takes once. */
export class InheritedSockets {
  readonly #sockets: (InheritedSocket | undefined)[];
  #taken = 0;
  #asked = 0;

  /** @param sockets in the order of the predecessor's addresses */
  constructor(sockets: readonly InheritedSocket[]) {
    this.#sockets = [...sockets];
  }

  /** How many have been taken. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes the socket of the next address of the pool: that on its host and port, else the only one
   * on its port; for port 0 and for a descriptor, which has another number here, the one that
   * stands where it stands among the addresses.
   *
   * @param listen where the pool is to listen
   * @returns undefined when there is none
   */
  take(listen: ResolvedListenOptions): InheritedSocket | undefined {
    const nth = this.#asked;
    this.#asked += 1;
    if ('path' in listen) return undefined;
    const byPlace = 'fd' in listen || listen.port === 0;
    const index = byPlace ? nth : this.#indexOf(listen.port, listen.host);
    const socket = this.#sockets[index];
    if (socket === undefined) return undefined;
    this.#sockets[index] = undefined;
    this.#taken += 1;
    return socket;
  }

  /** Takes those that no address of the pool has taken. */
  takeRest(): readonly InheritedSocket[] {
    return this.#sockets.splice(0).filter((socket) => socket !== undefined);
  }

  #indexOf(port: number, host: string): number {
    const onPort = [...this.#sockets.entries()].filter(
      ([, socket]) => socket?.address.port === port,
    );
    const exact = onPort.find(([, socket]) => socket?.address.address === host);
    const [only] = onPort.length === 1 ? onPort : [];
    return (exact ?? only)?.[0] ?? -1;
  }
}
