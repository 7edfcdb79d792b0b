import { addressKey, clientAddress } from './client-address.ts';
import { type GuardOptions, resolveGuardOptions } from './guard-options.ts';

/** Counts the open connections of each client address, and says when one has enough. */
export class AddressLimit {
  readonly #max: number;
  readonly #ipv6PrefixBits: number;
  readonly #open = new Map<string, number>();

  /**
   * @param options how many, and what makes one client
   * @throws {TypeError | RangeError} when an option is wrong
   */
  constructor(options: Pick<GuardOptions, 'maxConnectionsPerAddress' | 'ipv6PrefixBits'>) {
    const { maxConnectionsPerAddress, ipv6PrefixBits } = resolveGuardOptions(options);
    this.#max = maxConnectionsPerAddress;
    this.#ipv6PrefixBits = ipv6PrefixBits;
  }

  /** How many clients have a connection open. */
  get clients(): number {
    return this.#open.size;
  }

  /**
   * Takes a permit for one connection more.
   *
   * @param remoteAddress what `socket.remoteAddress` gives
   * @returns with what to give the permit back; undefined when the client has enough
   */
  take(remoteAddress: string): string | undefined {
    const key = addressKey(clientAddress(remoteAddress), this.#ipv6PrefixBits);
    const open = this.#open.get(key) ?? 0;
    if (open >= this.#max) return undefined;
    this.#open.set(key, open + 1);
    return key;
  }

  /** Gives a permit back, once for each that was taken. */
  release(key: string): void {
    const open = (this.#open.get(key) ?? 1) - 1;
    if (open === 0) this.#open.delete(key);
    else this.#open.set(key, open);
  }
}
