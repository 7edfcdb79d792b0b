/** Describes one reply for {@link LoadOptions.onReply}. */
export interface ReplyEvent {
  /** The number of the connection, from 0; a reconnect keeps it. */
  readonly connection: number;
  /** The client's own address, or undefined for a unix socket. */
  readonly localAddress: string | undefined;
  /** The client's own port, or undefined for a unix socket. */
  readonly localPort: number | undefined;
  /** The request's message, without its framing. */
  readonly request: Buffer;
  /** The reply's message, without its framing. */
  readonly reply: Buffer;
  /** Whether it was the right reply. */
  readonly right: boolean;
  /** The time from the due time of the request to its reply, in milliseconds. */
  readonly latencyMs: number;
}
