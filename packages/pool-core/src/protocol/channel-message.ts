/** A message of a channel, on its way to the primary or to a worker. */
export interface ChannelMessage {
  readonly type: 'channelMessage';
  readonly name: string;
  /** The value as `v8.serialize()` writes it; the primary does not look into it. */
  readonly payload: Uint8Array;
}

/** What was taken of the messages of channels: so much more may be sent. */
export interface ChannelTaken {
  readonly type: 'channelTaken';
  readonly bytes: number;
}

/** What a message counts besides its bytes, in bytes. */
const OVERHEAD_BYTES = 64;

/** What a message of a channel counts of what may wait, in bytes; the same on both sides. */
export function channelCost({ name, payload }: Pick<ChannelMessage, 'name' | 'payload'>): number {
  return payload.byteLength + name.length + OVERHEAD_BYTES;
}

/** The error for a message that could never be sent. */
export function messageTooLarge(
  { name, payload }: Pick<ChannelMessage, 'name' | 'payload'>,
  maxQueuedBytes: number,
): RangeError {
  return new RangeError(
    `Cannot post to channel '${name}': the message has ${payload.byteLength} bytes, and ` +
      `channels.maxQueuedBytes is ${maxQueuedBytes}; post it in parts, or raise that`,
  );
}

/**
 * What waits for the other side, and what is owed to it: how much of its messages has been taken
 * and not been told, which is once for all that come in one turn of the event loop.
 */
export class ChannelWindow {
  readonly #maxBytes: number;
  readonly #tell: (message: ChannelTaken) => void;
  #waiting = 0;
  #owed = 0;

  /**
   * @param maxBytes what may wait, in bytes
   * @param tell tells the other side what was taken
   */
  constructor(maxBytes: number, tell: (message: ChannelTaken) => void) {
    this.#maxBytes = maxBytes;
    this.#tell = tell;
  }

  /** Whether so many bytes more may be sent; if so they wait from now on. */
  admit(bytes: number): boolean {
    if (this.#waiting + bytes > this.#maxBytes) return false;
    this.#waiting += bytes;
    return true;
  }

  /** The other side has taken some. */
  taken(bytes: number): void {
    this.#waiting = Math.max(0, this.#waiting - bytes);
  }

  /** A message of the other side has been taken. */
  owe(bytes: number): void {
    if (this.#owed === 0) setImmediate(() => this.#pay());
    this.#owed += bytes;
  }

  #pay(): void {
    const bytes = this.#owed;
    this.#owed = 0;
    this.#tell({ type: 'channelTaken', bytes });
  }
}
