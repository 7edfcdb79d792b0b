import type { ErrorCounts } from '../measure/error-class.ts';
import type { ErrorReasonCounts } from '../measure/error-reasons.ts';
import type { EventLoopLoad } from '../measure/event-loop-monitor.ts';
import type { CountsSnapshot } from '../measure/latency-counts.ts';
import type { ConnectionCounts } from './load-result.ts';
import type { ReplyDifference } from '../measure/recorder.ts';
import type { SessionSnapshot } from '../session/session-recorder.ts';

/** What one load thread measured, next to its intervals; it can be posted between threads. */
export interface ShareResult {
  readonly sent: number;
  readonly replies: number;
  readonly failed: number;
  readonly unanswered: number;
  readonly unsent: number;
  readonly retried: number;
  readonly warmupRequests: number;
  readonly warmupErrors: ErrorCounts;
  readonly errors: ErrorCounts;
  readonly errorReasons: ErrorReasonCounts;
  /** How many replies had each status, as pairs. */
  readonly statuses: readonly (readonly [status: number, count: number])[];
  readonly connections: Omit<ConnectionCounts, 'asked'>;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly opened: number;
  readonly closedWhileIdle: number;
  readonly closedAsAnnounced: number;
  readonly fullHandshakes: number;
  readonly resumedHandshakes: number;
  /** From the end of the warm-up to the last event or the planned end, in milliseconds. */
  readonly durationMs: number;
  /** Right replies a second while the load was on. */
  readonly repliesPerSecond: number;
  readonly firstByte: CountsSnapshot;
  readonly connectTime: CountsSnapshot;
  readonly serviceTime: CountsSnapshot;
  readonly sendDelay: CountsSnapshot;
  readonly differences: readonly ReplyDifference[];
  /** Null in a run without sessions. */
  readonly sessions: SessionSnapshot | null;
  readonly eventLoop: EventLoopLoad;
}
