import { ChannelFullError, ChannelLine } from '@sockpool/handler/hosting';
import {
  channelCost,
  type ChannelMessage,
  ChannelWindow,
  messageTooLarge,
} from '../protocol/channel-message.ts';
import type { WorkerMessage } from '../protocol/messages.ts';

/** The channels of one worker: what it posts goes to the primary, as far as that takes it. */
export class WorkerChannels {
  /** For the program. */
  readonly line: ChannelLine;
  readonly #maxQueuedBytes: number;
  readonly #send: (message: WorkerMessage) => void;
  readonly #window: ChannelWindow;

  /**
   * @param maxQueuedBytes see `ChannelOptions`
   * @param send tells the primary
   */
  constructor(maxQueuedBytes: number, send: (message: WorkerMessage) => void) {
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#send = send;
    this.#window = new ChannelWindow(maxQueuedBytes, send);
    this.line = new ChannelLine({
      open: (name) => send({ type: 'channelOpened', name }),
      close: (name) => send({ type: 'channelClosed', name }),
      post: (name, payload) => this.#post({ type: 'channelMessage', name, payload }),
    });
  }

  /** Takes a message that the primary brings. */
  receive(message: ChannelMessage): void {
    this.#window.owe(channelCost(message));
    this.line.receive(message.name, message.payload);
  }

  /** The primary has taken messages. */
  taken(bytes: number): void {
    this.#window.taken(bytes);
  }

  #post(message: ChannelMessage): void {
    const cost = channelCost(message);
    if (cost > this.#maxQueuedBytes) throw messageTooLarge(message, this.#maxQueuedBytes);
    if (!this.#window.admit(cost)) throw new ChannelFullError(message.name, this.#maxQueuedBytes);
    this.#send(message);
  }
}
