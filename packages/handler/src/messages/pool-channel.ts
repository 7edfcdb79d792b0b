import { deserialize, serialize } from 'node:v8';
import { describeValue } from '@sockpool/option-checks';
import { type ChannelLine, channelLine, type ChannelReceiver } from './channel-line.ts';

/** The longest name of a channel, in UTF-16 units. */
export const MAX_CHANNEL_NAME = 1_024;

/** Hears the messages of a channel. */
export type ChannelListener = (event: MessageEvent) => unknown;

/** What `addEventListener()` takes: a function, an object with `handleEvent()`, or nothing. */
type Listening =
  | ChannelListener
  | null
  | Extract<Parameters<EventTarget['addEventListener']>[1], { readonly handleEvent: unknown }>;

/** The events of a channel. */
type ChannelEvent = 'message' | 'messageerror';

/** What was set as `onmessage`, and what listens for it. */
interface Handler {
  readonly given: ChannelListener;
  readonly wrapper: ChannelListener;
}

/**
 * A channel of a pool, of the shape of `BroadcastChannel`: what is posted reaches every other channel of
 * its name, in all workers and in the primary. See {@link channel}.
 */
export class PoolChannel extends EventTarget {
  readonly name: string;
  readonly #line: ChannelLine;
  readonly #handlers = new Map<ChannelEvent, Handler>();
  #closed = false;

  /**
   * @param name the channel's name
   * @param line brings its messages
   * @throws {TypeError} when the name is no string of 1 to 1,024 characters
   * @throws {RangeError} when 10,000 names are open
   */
  constructor(name: string, line: ChannelLine) {
    super();
    this.name = requireName(name);
    this.#line = line;
    line.open(name, this.#receive);
  }

  /** Called with each message; its `data` is the value. */
  get onmessage(): ChannelListener | null {
    return this.#handlers.get('message')?.given ?? null;
  }

  set onmessage(listener: ChannelListener | null) {
    this.#handle('message', listener);
  }

  /** Called with a message that is no value: its sender has forged it. */
  get onmessageerror(): ChannelListener | null {
    return this.#handlers.get('messageerror')?.given ?? null;
  }

  set onmessageerror(listener: ChannelListener | null) {
    this.#handle('messageerror', listener);
  }

  override addEventListener(
    type: ChannelEvent,
    listener: Listening,
    options?: Parameters<EventTarget['addEventListener']>[2],
  ): void {
    if (listener !== null) super.addEventListener(type, listener as EventListener, options);
  }

  override removeEventListener(
    type: ChannelEvent,
    listener: Listening,
    options?: Parameters<EventTarget['removeEventListener']>[2],
  ): void {
    if (listener !== null) super.removeEventListener(type, listener as EventListener, options);
  }

  /**
   * Posts a value to every other channel of this name. They get copies, in the order in which they
   * were posted here; this one does not get it.
   *
   * @param message what `v8.serialize()` takes, on processes and threads alike: what a structured clone
   *   does, but no shared memory and nothing that would have to be moved, such as a port. A Buffer stays one
   * @throws {DOMException} `DataCloneError` when it cannot be copied, `InvalidStateError` when the
   *   channel is closed
   * @throws {ChannelFullError} when the primary has not taken the messages before
   * @throws {RangeError} when it is larger than all that may wait, see `channels.maxQueuedBytes`
   */
  postMessage(message: unknown): void {
    if (this.#closed) {
      const reason = `Cannot post to channel '${this.name}': it is closed`;
      throw new DOMException(reason, 'InvalidStateError');
    }
    this.#line.post(this.name, this.#serialized(message), this.#receive);
  }

  /** Closes it: it gets no more messages, and takes none. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#line.close(this.name, this.#receive);
  }

  /** Does nothing: a channel keeps no program running, the pool does. */
  ref(): this {
    return this;
  }

  /** Does nothing: a channel keeps no program running. */
  unref(): this {
    return this;
  }

  #serialized(message: unknown): Uint8Array {
    try {
      return serialize(message);
    } catch (error) {
      const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
      throw new DOMException(`Cannot post to channel '${this.name}': ${reason}`, {
        name: 'DataCloneError',
        cause: error,
      });
    }
  }

  readonly #receive: ChannelReceiver = (payload) => {
    if (this.#closed) return;
    let event: MessageEvent;
    try {
      event = new MessageEvent('message', { data: deserialize(payload) });
    } catch (error) {
      event = new MessageEvent('messageerror', { data: error });
    }
    this.dispatchEvent(event);
  };

  #handle(type: ChannelEvent, listener: ChannelListener | null): void {
    const known = this.#handlers.get(type);
    if (known !== undefined) this.removeEventListener(type, known.wrapper);
    this.#handlers.delete(type);
    if (typeof listener !== 'function') return;
    // A wrapper, so that the same function may listen besides.
    const wrapper: ChannelListener = (event) => listener.call(this, event);
    this.#handlers.set(type, { given: listener, wrapper });
    this.addEventListener(type, wrapper);
  }
}

/**
 * Opens a channel to all workers of the pool and its primary (`pool.channel(name)`), on processes and on
 * threads alike, of the shape of `BroadcastChannel`. In a program outside of a pool it reaches the
 * channels of that program.
 *
 * What one sender posts arrives in its order. A worker gets what is posted after its channel is
 * open. Messages wait for a worker whose event loop is busy, `channels.maxQueuedBytes` at most: what
 * is beyond is dropped for this worker, and the log says so.
 *
 * @param name the channel's name, 1 to 1,024 characters
 * @throws {TypeError} when the name is no such string
 * @throws {RangeError} when 10,000 names are open
 * @example
 * const chat = channel('chat');
 * chat.onmessage = ({ data }) => console.log(data);
 * chat.postMessage({ text: 'hello' });
 */
export function channel(name: string): PoolChannel {
  return new PoolChannel(name, channelLine());
}

function requireName(name: unknown): string {
  if (typeof name === 'string' && name.length > 0 && name.length <= MAX_CHANNEL_NAME) return name;
  throw new TypeError(
    `The name of a channel must be a string of 1 to ${MAX_CHANNEL_NAME} characters, got ${describeValue(name)}`,
  );
}
