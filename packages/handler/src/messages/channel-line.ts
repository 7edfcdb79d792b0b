/** What takes messages out of this program to the other members of a pool. */
export interface ChannelPort {
  /** The first channel of that name is open here. */
  open(name: string): void;
  /** The last one has closed. */
  close(name: string): void;
  /**
   * Sends a message to everybody else.
   *
   * @throws {ChannelFullError} when too many wait already
   * @throws {RangeError} when it is too large to be sent ever
   */
  post(name: string, payload: Uint8Array): void;
}

/** Gets the messages of one channel. */
export type ChannelReceiver = (payload: Uint8Array) => void;

/** The most names that may be open at once in one program. */
export const MAX_CHANNELS = 10_000;

/** Brings messages to the channels of this program, and those that it posts out of it. */
export class ChannelLine {
  readonly #port: ChannelPort | undefined;
  readonly #receivers = new Map<string, Set<ChannelReceiver>>();

  /** @param port takes messages to the other members of the pool; undefined outside of a pool */
  constructor(port?: ChannelPort) {
    this.#port = port;
  }

  /**
   * Opens a channel.
   *
   * @throws {RangeError} when 10,000 names are open
   */
  open(name: string, receiver: ChannelReceiver): void {
    const receivers = this.#receivers.get(name);
    if (receivers !== undefined) {
      receivers.add(receiver);
      return;
    }
    if (this.#receivers.size >= MAX_CHANNELS) {
      throw new RangeError(
        `Cannot open channel '${name}': ${MAX_CHANNELS} names are open already; close those of no use any more`,
      );
    }
    this.#receivers.set(name, new Set([receiver]));
    this.#port?.open(name);
  }

  /** Closes a channel. */
  close(name: string, receiver: ChannelReceiver): void {
    const receivers = this.#receivers.get(name);
    if (receivers?.delete(receiver) !== true || receivers.size > 0) return;
    this.#receivers.delete(name);
    this.#port?.close(name);
  }

  /**
   * Posts a message to everybody but the channel that it is from; to those of this program a moment
   * later.
   *
   * @throws {ChannelFullError | RangeError} when it cannot be sent
   */
  post(name: string, payload: Uint8Array, from: ChannelReceiver): void {
    this.#port?.post(name, payload);
    for (const receiver of this.#receivers.get(name) ?? []) {
      if (receiver === from) continue;
      // One that has closed by then drops it. Each gets a copy: what it makes of it shares its memory.
      setImmediate(receiver, new Uint8Array(payload));
    }
  }

  /** Takes a message of somebody else. */
  receive(name: string, payload: Uint8Array): void {
    const [first, ...others] = this.#receivers.get(name) ?? [];
    for (const receiver of others) receiver(new Uint8Array(payload));
    first?.(payload);
  }
}

/** Shared by all copies of this package that a program may have installed. */
const KEY = Symbol.for('@sockpool/handler/channel-line');

/** Gives the line of this program: to the pool in a worker, and to nobody else outside of one. */
export function channelLine(): ChannelLine {
  const known = Reflect.get(globalThis, KEY) as ChannelLine | undefined;
  return known ?? setChannelLine(new ChannelLine());
}

/**
 * Says by which line this program reaches the others of its pool, for code that starts workers.
 *
 * @param line the line
 */
export function setChannelLine(line: ChannelLine): ChannelLine {
  Object.defineProperty(globalThis, KEY, { value: line, configurable: true });
  return line;
}
