import type { Socket } from 'node:net';
import type { AddressPlaceMessage } from '../protocol/messages.ts';

/**
 * The worker's side of the limit per client address: the primary counts for the whole pool, and
 * is asked for a place for each connection.
 */
export class AddressPlaces {
  readonly #send: (message: AddressPlaceMessage) => void;
  readonly #asked = new Map<number, (key: string | undefined) => void>();
  #nextRequestId = 0;

  /** @param send takes what is for the primary, in order */
  constructor(send: (message: AddressPlaceMessage) => void) {
    this.#send = send;
  }

  /**
   * Takes a place, and gives it back when the connection has closed.
   *
   * @param connection whom it is for
   * @param address the client's address
   * @returns whether there is one
   */
  async take(connection: Socket, address: string): Promise<boolean> {
    const requestId = this.#nextRequestId++;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#asked.set(requestId, resolve);
    this.#send({ type: 'takeAddressPlace', requestId, address });
    const key = await promise;
    if (key === undefined) return false;
    const release = (): void => this.#send({ type: 'releaseAddressPlace', key });
    if (connection.closed) release();
    else connection.once('close', release);
    return true;
  }

  /** Takes the primary's answer. */
  answer(requestId: number, key: string | undefined): void {
    this.#asked.get(requestId)?.(key);
    this.#asked.delete(requestId);
  }
}
