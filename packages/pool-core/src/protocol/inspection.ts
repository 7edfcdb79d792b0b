import type { ConnectionActivity } from '@sockpool/handler';
import type { ErrorRecord } from '../errors/error-record.ts';

/** One open connection of a worker. */
export interface OpenConnection extends ConnectionActivity {
  /** Which of its worker's connections it is, counted from 1, as log entries name it. */
  readonly connectionId: number;
  /** The client's address and port; undefined on unix-domain sockets and when it has gone away. */
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** As {@link ConnectionActivity.activity}; `draining` when its worker leaves and waits for it. */
  readonly state: 'serving' | 'idle' | 'draining';
  /** For how long it has been in that state, in milliseconds. */
  readonly stateForMs: number;
  /** For how long it has been open in this worker, in milliseconds. */
  readonly openForMs: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** What the primary asks of a worker that it looks into. Each is answered with the `requestId`. */
export type InspectionOrder =
  /** List open connections, the longest open first, `limit` at most; answer `connections`. */
  | { readonly type: 'listConnections'; readonly requestId: number; readonly limit: number }
  /** Profile the CPU for so long, then answer by `inspectionPart`s. */
  | { readonly type: 'profileCpu'; readonly requestId: number; readonly durationMs: number }
  /** Take a snapshot of the heap, and answer by `inspectionPart`s. */
  | { readonly type: 'snapshotHeap'; readonly requestId: number }
  /** The last part has been taken: send the next one. */
  | { readonly type: 'nextPart'; readonly requestId: number }
  /** Nobody wants the rest. */
  | { readonly type: 'stopInspection'; readonly requestId: number };

/** The connections that a worker has open. */
export interface ConnectionList {
  readonly type: 'connections';
  readonly requestId: number;
  readonly connections: readonly OpenConnection[];
  /** How many there are, those beyond the limit included. */
  readonly total: number;
}

/** The next part of a text; undefined when that was the last one, or with the error that ended it. */
export interface InspectionPart {
  readonly type: 'inspectionPart';
  readonly requestId: number;
  readonly part: string | undefined;
  readonly error?: ErrorRecord;
}

/** What a worker answers to {@link InspectionOrder}s. */
export type InspectionMessage = ConnectionList | InspectionPart;
