import type { PreparedRequest } from '../messages/workload.ts';
import type { WireFormat } from '../messages/wire-format.ts';
import type { Recorder } from '../measure/recorder.ts';
import type { SocketOpener } from '../target/socket-opener.ts';
import type { ReplyEvent } from './reply-event.ts';

/** What all connections of a load thread have in common. */
export interface ConnectionSettings {
  readonly format: WireFormat;
  readonly recorder: Recorder;
  readonly openSocket: SocketOpener;
  readonly secure: boolean;
  /** The most requests in flight. */
  readonly pipeline: number;
  /** How often a request is sent again after its connection was lost. */
  readonly retries: number;
  /** Whether latency counts from a time other than the sending, so that both are recorded. */
  readonly separateServiceTime: boolean;
  readonly onReply: ((reply: ReplyEvent) => void) | undefined;
}

/** `draining`: the peer takes nothing new; what is in flight is still answered. */
export type ConnectionState = 'closed' | 'connecting' | 'open' | 'draining';

/**
 * One connection of the load, whatever is spoken on it.
 *
 * It counts what happens in the recorder and leaves every decision to its driver. After `lost` or
 * {@link LoadConnection.close} it can be opened again.
 */
export interface LoadConnection {
  readonly index: number;
  readonly state: ConnectionState;
  /** How many requests wait for their replies. */
  readonly inFlight: number;
  /** How many requests wait to be sent again. */
  readonly retries: number;
  /** Whether a right reply has come, on any socket. */
  readonly worked: boolean;
  /**
   * Whether it was tried to open the connection, and no attempt succeeded. One that was let go of
   * within its first second is not judged.
   */
  readonly unopened: boolean;
  /** Why the connection was lost, or not opened, for the last time. */
  readonly lastFailure: string | undefined;
  /** How many requests the present socket has carried. */
  readonly sentOnSocket: number;
  /** Opens the socket; the driver hears `opened` or `lost`, never during this call. */
  open(): void;
  /** Adds a request to the batch that {@link LoadConnection.flush} writes; `dueMs` is when it should go out. */
  queue(request: PreparedRequest, dueMs: number, nowMs: number): void;
  /** Adds the requests that a lost connection left behind to the batch. */
  queueRetries(nowMs: number): void;
  /** Writes the batch. */
  flush(): void;
  /** Gives up when connecting, or a reply, takes too long. */
  checkTimeouts(nowMs: number, connectTimeoutMs: number, replyTimeoutMs: number): void;
  /**
   * Closes the socket without telling the driver. Requests in flight are counted as unanswered, and
   * those that waited to be sent again as failed.
   */
  close(): void;
}
