import type { Socket } from 'node:net';
import type { ActivityOf } from '@sockpool/handler';
import { monotonicNowMs } from '../protocol/monotonic-clock.ts';
import type { OpenConnection } from '../protocol/inspection.ts';

/** What a worker notes of each connection that it has open. */
export interface ConnectionNote {
  /** Which of the worker's connections it is, counted from 1. */
  readonly connectionId: number;
  /** The id of the handoff that it came by, if any. */
  readonly handoffId: number | undefined;
  /** Which of the pool's addresses it has come to, from 0. */
  readonly addressIndex: number;
  /** Of the machine's monotonic clock, in milliseconds. */
  readonly openedAtMs: number;
}

/** What {@link openConnections} looks at. */
export interface ConnectionsInWorker {
  readonly connections: ReadonlyMap<Socket, ConnectionNote>;
  /** Since when the worker leaves; undefined while it does not. */
  readonly leavingSinceMs: number | undefined;
  /** Tells what a connection does, where the handler knows. */
  readonly activityOf: ActivityOf | undefined;
}

/**
 * Lists the connections that a worker has open.
 *
 * @param worker what to look at
 * @param limit how many at most, the longest open first
 */
export function openConnections(worker: ConnectionsInWorker, limit: number): OpenConnection[] {
  const { leavingSinceMs, activityOf } = worker;
  const now = monotonicNowMs();
  return [...worker.connections].slice(0, limit).map(([socket, { connectionId, openedAtMs }]) => {
    const openForMs = now - openedAtMs;
    const { activity, activityForMs, request } = activityOf?.(socket) ?? {
      activity: 'serving',
      activityForMs: openForMs,
      request: undefined,
    };
    return {
      connectionId,
      remoteAddress: socket.remoteAddress,
      remotePort: socket.remotePort,
      state: leavingSinceMs === undefined ? activity : 'draining',
      stateForMs:
        leavingSinceMs === undefined ? activityForMs : now - Math.max(leavingSinceMs, openedAtMs),
      activity,
      activityForMs,
      request,
      openForMs,
      bytesRead: socket.bytesRead,
      bytesWritten: socket.bytesWritten,
    };
  });
}
