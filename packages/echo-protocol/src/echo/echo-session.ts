import type { Socket } from 'node:net';
import type {
  EchoConnection,
  EchoContext,
  ResolvedEchoHandlerOptions,
} from './echo-handler-options.ts';
import { EchoReplies } from './echo-replies.ts';
import { MessageTooLargeError } from '../framing/message-too-large-error.ts';
import { TruncatedMessageError } from '../framing/truncated-message-error.ts';

/** Serves one connection of the echo handler: joins the echo service to the socket. */
export class EchoSession<Context extends EchoContext> {
  /** Resolves when the connection is closed; rejects only when a callback threw. */
  readonly closed: Promise<void>;

  readonly #connection: Socket;
  readonly #options: ResolvedEchoHandlerOptions<Context>;
  readonly #about: EchoConnection<Context>;
  readonly #replies: EchoReplies;
  #linger: NodeJS.Timeout | undefined;
  #discarding = false;
  #crash: { readonly reason: unknown } | undefined;

  constructor(
    connection: Socket,
    context: Context | undefined,
    options: ResolvedEchoHandlerOptions<Context>,
  ) {
    const { framing, maxMessageBytes, onMessage, onError, onClose } = options;
    const observed = (onMessage ?? onError ?? onClose) !== undefined;
    this.#connection = connection;
    this.#options = options;
    this.#about = {
      remoteAddress: observed ? connection.remoteAddress : undefined,
      remotePort: observed ? connection.remotePort : undefined,
      context,
    };
    this.#replies = new EchoReplies(
      framing,
      maxMessageBytes,
      onMessage && ((text) => onMessage(text, this.#about)),
    );
    this.closed = new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#close();
        if (this.#crash === undefined) resolve();
        else reject(this.#crash.reason);
      };
      if (connection.closed) settle();
      else this.#serve(settle);
    });
  }

  #serve(settle: () => void): void {
    const connection = this.#connection;
    // The replies to a chunk are one write, so holding back a small one gains nothing.
    connection.setNoDelay(true);
    connection.once('close', settle);
    connection.on('error', (error: Error) => this.#report(error));
    connection.on('data', (chunk: Buffer) => this.#receive(chunk));
    connection.on('drain', () => {
      if (!this.#discarding) connection.resume();
    });
    if (connection.readableEnded) this.#finish();
    else connection.once('end', () => this.#finish());
    connection.resume();
  }

  /** Answers a chunk; stops reading while the client does not read. */
  #receive(chunk: Buffer): void {
    if (this.#discarding) return;
    const failure = this.#attempt(() => this.#replies.push(chunk));
    if (this.#connection.destroyed) return;
    const replies = this.#replies.take();
    if (failure !== undefined) this.#fail(failure, replies);
    else if (replies !== undefined && !this.#connection.write(replies)) this.#connection.pause();
  }

  /** Answers the end of the client's side, and ends ours. */
  #finish(): void {
    if (this.#discarding) return;
    const failure = this.#attempt(() => this.#replies.end());
    if (this.#connection.destroyed) return;
    const replies = this.#replies.take();
    if (failure !== undefined) this.#fail(failure, replies);
    else this.#end(replies);
  }

  /** Runs a step of the echo service; returns its protocol error, and abandons on any other. */
  #attempt(step: () => void): Error | undefined {
    try {
      step();
    } catch (error) {
      if (error instanceof MessageTooLargeError || error instanceof TruncatedMessageError) {
        return error;
      }
      this.#abandon(error);
    }
    return undefined;
  }

  /**
   * Sends the replies before a protocol error and ends our side. Then drops what
   * the client still sends, for a while: to close with bytes unread is a reset.
   */
  #fail(failure: Error, replies: Buffer | undefined): void {
    const connection = this.#connection;
    this.#discarding = true;
    connection.pause();
    connection.once('finish', () => {
      if (connection.destroyed) return;
      connection.resume();
      this.#linger = setTimeout(() => connection.destroy(), this.#options.lingerMs);
    });
    this.#end(replies);
    this.#report(failure);
  }

  #end(replies: Buffer | undefined): void {
    if (replies === undefined) this.#connection.end();
    else this.#connection.end(replies);
  }

  #report(error: Error): void {
    try {
      this.#options.onError?.(error, this.#about);
    } catch (thrown) {
      this.#abandon(thrown);
    }
  }

  #close(): void {
    clearTimeout(this.#linger);
    try {
      this.#options.onClose?.(this.#about);
    } catch (thrown) {
      this.#abandon(thrown);
    }
  }

  /** Gives up the connection because a callback threw; the first reason is kept. */
  #abandon(reason: unknown): void {
    this.#crash ??= { reason };
    this.#connection.destroy();
  }
}
