import type { ThinkTime } from './think-time.ts';
import type { PreparedRequest, Workload } from '../messages/workload.ts';

/** What the clients of one load thread do in the closed model; a client has one connection at a time. */
export interface ClientScript {
  /** How many requests one unit of a client's budget is. */
  readonly unitRequests: number;
  /** Whether each unit opens a connection of its own. */
  readonly newConnection: boolean;
  /** Returns how many requests are left of the unit that a client is in the middle of; 0 between two. */
  left(client: number): number;
  /** Returns how long a client thinks before its next request; null for not at all. */
  thinkTime(client: number): ThinkTime | null;
  /** Returns the next request of a client. */
  next(client: number): PreparedRequest;
  /** Hears that the connection of a client has ended. */
  connectionEnded(client: number): void;
}

/** Returns the script of clients that send one request of a workload after the other. */
export function scriptOf(workload: Workload, thinkMs: ThinkTime | null): ClientScript {
  return {
    unitRequests: 1,
    newConnection: false,
    left: () => 0,
    thinkTime: () => thinkMs,
    next: () => workload(),
    connectionEnded: () => undefined,
  };
}
