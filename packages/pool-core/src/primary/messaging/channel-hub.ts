import { ChannelLine, MAX_CHANNELS, PoolChannel } from '@sockpool/handler/hosting';
import {
  channelCost,
  type ChannelMessage,
  type ChannelTaken,
  ChannelWindow,
  messageTooLarge,
} from '../../protocol/channel-message.ts';

/** A worker as channels know it. */
export interface ChannelWorker {
  readonly id: number;
  send(message: ChannelMessage | ChannelTaken): void;
}

/** The channels that are open in one worker, and what waits between it and the primary. */
interface Member {
  readonly names: Set<string>;
  readonly window: ChannelWindow;
}

/**
 * Brings the messages of channels from each worker to the others and to the primary. A worker gets
 * only those of channels that are open there, and no more than may wait for it.
 */
export class ChannelHub<Worker extends ChannelWorker = ChannelWorker> {
  readonly #maxQueuedBytes: number;
  readonly #onDropped: (worker: Worker, name: string) => void;
  readonly #members = new Map<Worker, Member>();
  readonly #open = new Map<string, Set<Worker>>();
  readonly #own: ChannelLine;

  /**
   * @param maxQueuedBytes see `ChannelOptions`
   * @param onDropped called when a message is dropped for a worker that does not take those before
   */
  constructor(maxQueuedBytes: number, onDropped: (worker: Worker, name: string) => void) {
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#onDropped = onDropped;
    this.#own = new ChannelLine({
      open: () => undefined,
      close: () => undefined,
      post: (name, payload) => this.#post({ type: 'channelMessage', name, payload }),
    });
  }

  /** Opens a channel in the primary. */
  channel(name: string): PoolChannel {
    return new PoolChannel(name, this.#own);
  }

  /**
   * A channel is open in a worker.
   *
   * @returns false if that cannot be, so that somebody has forged the message
   */
  opened(worker: Worker, name: string): boolean {
    const { names } = this.#member(worker);
    if (names.has(name) || names.size >= MAX_CHANNELS) return false;
    names.add(name);
    const workers = this.#open.get(name) ?? new Set();
    this.#open.set(name, workers.add(worker));
    return true;
  }

  /** A channel is not open any more in a worker; false if it never was. */
  closed(worker: Worker, name: string): boolean {
    if (this.#members.get(worker)?.names.delete(name) !== true) return false;
    this.#forget(worker, name);
    return true;
  }

  /** A worker posts; false if it has no such channel, or the message is larger than one can be. */
  receive(worker: Worker, message: ChannelMessage): boolean {
    const member = this.#members.get(worker);
    const cost = channelCost(message);
    if (member?.names.has(message.name) !== true || cost > this.#maxQueuedBytes) return false;
    member.window.owe(cost);
    this.#send(message, worker);
    this.#own.receive(message.name, message.payload);
    return true;
  }

  /** A worker has taken messages. */
  taken(worker: Worker, bytes: number): boolean {
    this.#members.get(worker)?.window.taken(bytes);
    return this.#members.has(worker);
  }

  /** A worker is gone; what it has posted before is on its way already. */
  workerGone(worker: Worker): void {
    for (const name of this.#members.get(worker)?.names ?? []) this.#forget(worker, name);
    this.#members.delete(worker);
  }

  /** Posts from the primary itself. */
  #post(message: ChannelMessage): void {
    if (channelCost(message) > this.#maxQueuedBytes) {
      throw messageTooLarge(message, this.#maxQueuedBytes);
    }
    this.#send(message, undefined);
  }

  #send(message: ChannelMessage, from: Worker | undefined): void {
    const cost = channelCost(message);
    for (const worker of this.#open.get(message.name) ?? []) {
      if (worker === from) continue;
      if (this.#member(worker).window.admit(cost)) worker.send(message);
      else this.#onDropped(worker, message.name);
    }
  }

  #member(worker: Worker): Member {
    const known = this.#members.get(worker);
    if (known !== undefined) return known;
    const window = new ChannelWindow(this.#maxQueuedBytes, (message) => {
      if (this.#members.get(worker) === member) worker.send(message);
    });
    const member: Member = { names: new Set(), window };
    this.#members.set(worker, member);
    return member;
  }

  #forget(worker: Worker, name: string): void {
    const workers = this.#open.get(name);
    workers?.delete(worker);
    if (workers?.size === 0) this.#open.delete(name);
  }
}
