import type { Socket } from 'node:net';
import type { ActivityOf } from '@sockpool/handler';
import { SlotSet, type Slotted } from '@sockpool/handler/hosting';
import { monotonicNowMs } from '../protocol/monotonic-clock.ts';
import type { OpenConnection } from '../protocol/inspection.ts';

/** What a worker notes of each connection that it has open. */
export interface ConnectionNote extends Slotted {
  readonly connection: Socket;
  /** Which of the worker's connections it is, counted from 1. */
  readonly connectionId: number;
  /** The id of the handoff that it came by, if any. */
  readonly handoffId: number | undefined;
  /** Which of the pool's addresses it has come to, from 0. */
  readonly addressIndex: number;
  /** Of the machine's monotonic clock, in milliseconds. */
  readonly openedAtMs: number;
}

/** The connections that a worker has open, each with its note. */
export class OpenConnections {
  readonly #notes = new SlotSet<ConnectionNote>();

  /** How many there are. */
  get size(): number {
    return this.#notes.size;
  }

  /** Takes one in. */
  add(note: ConnectionNote): void {
    this.#notes.add(note);
    (note.connection as NotedSocket)[NOTE] = note;
  }

  /** Lets go of one that has closed, and returns its note. */
  delete(connection: Socket): ConnectionNote | undefined {
    const note = (connection as NotedSocket)[NOTE];
    return note !== undefined && this.#notes.delete(note) ? note : undefined;
  }

  /** Returns all notes, of the longest open first. */
  notes(): ConnectionNote[] {
    return [...this.#notes].toSorted((left, right) => left.connectionId - right.connectionId);
  }

  /** Iterates over the connections, in no particular order. */
  *sockets(): Generator<Socket, void> {
    for (const { connection } of this.#notes) yield connection;
  }
}

/**
 * Where a socket has its note. A map of sockets would take more time and memory, see
 * {@link SlotSet}.
 */
const NOTE = Symbol('sockpool.note');

type NotedSocket = Socket & { [NOTE]?: ConnectionNote };

/** What {@link openConnections} looks at. */
export interface ConnectionsInWorker {
  readonly connections: Pick<OpenConnections, 'size' | 'notes'>;
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
  const notes = worker.connections.notes().slice(0, limit);
  return notes.map(({ connection: socket, connectionId, openedAtMs }) => {
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
