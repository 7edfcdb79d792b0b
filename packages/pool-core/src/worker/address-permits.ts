import type { Socket } from 'node:net';
import type { AddressPermitMessage } from '../protocol/messages.ts';
import { Requests } from '../protocol/requests.ts';

/**
 * The worker's side of the limit per client address: the primary counts for the whole pool, and
 * is asked for a permit for each connection.
 */
export class AddressPermits {
  readonly #send: (message: AddressPermitMessage) => void;
  readonly #requests = new Requests<string | undefined>();

  /** @param send takes what is for the primary, in order */
  constructor(send: (message: AddressPermitMessage) => void) {
    this.#send = send;
  }

  /**
   * Takes a permit, and gives it back when the connection has closed.
   *
   * @param connection whom it is for
   * @param address the client's address
   * @returns whether there is one
   */
  async take(connection: Socket, address: string): Promise<boolean> {
    const key = await this.#requests.ask((requestId) =>
      this.#send({ type: 'takeAddressPermit', requestId, address }),
    );
    if (key === undefined) return false;
    const release = (): void => this.#send({ type: 'releaseAddressPermit', key });
    if (connection.closed) release();
    else connection.once('close', release);
    return true;
  }

  /** Takes the primary's answer. */
  answer(requestId: number, key: string | undefined): void {
    this.#requests.answer(requestId, key);
  }
}
