/** A worker with free capacity, as a scheduling function sees it. A frozen snapshot. */
export interface WorkerView {
  /** Its slot in the pool, from 0. */
  readonly id: number;
  /** How many restarts the pool had when the worker was spawned, where the pool counts them. */
  readonly generation: number | undefined;
  /** Connections that it has open, those on their way to it included. */
  readonly activeConnections: number;
  /** Connections served since its start; for processes, as last reported. */
  readonly totalConnections: number;
  /** Messages that its handlers counted since its start; for processes, as last reported. */
  readonly messages: number;
  /**
   * Share of time its event loop was busy, from 0 to 1, sampled every 250 ms. A worker that
   * has not shown for a second that its event loop turns counts as fully busy: 1.
   */
  readonly eventLoopUtilization: number;
  /** Milliseconds since its event loop last showed that it turns, as in the pool's `stats()`. */
  readonly heartbeatAgeMs: number;
}

/** A connection that is to be handed to a worker, as a scheduling function sees it. Frozen. */
export interface ConnectionView {
  /** The client's address; undefined for a unix-domain socket, or if the client is gone already. */
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** `'IPv4'` or `'IPv6'`. */
  readonly remoteFamily: string | undefined;
}

/**
 * Chooses the worker of a connection.
 *
 * @param workers those with free capacity, at least one, in order of their ids
 * @param connection the connection
 * @returns one of `workers`, or its id
 */
export type SchedulingFunction = (
  workers: readonly [WorkerView, ...WorkerView[]],
  connection: ConnectionView,
) => WorkerView | number;
