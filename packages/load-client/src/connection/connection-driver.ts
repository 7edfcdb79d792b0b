import type { LoadConnection } from './load-connection.ts';

/** Decides what a connection does next; each load model has one. */
export interface ConnectionDriver {
  /** The connection is open and has nothing in flight. */
  opened(connection: LoadConnection, nowMs: number): void;
  /** This many requests got their replies, right or wrong, all in one read. */
  replied(connection: LoadConnection, replies: number, nowMs: number): void;
  /**
   * The peer ended the connection cleanly: while nothing was in flight, or behind a reply that had
   * announced it. `carriedReply` tells whether any reply came on it.
   */
  ended(connection: LoadConnection, carriedReply: boolean, nowMs: number): void;
  /** The connection is gone or could not be opened; its requests in flight were counted as failed. */
  lost(connection: LoadConnection, nowMs: number): void;
}
