import type { Socket } from 'node:net';

/** What a connection does, as its handler knows it. */
export interface ConnectionActivity {
  /**
   * `serving`: a request is under way, or its handler has it. `idle`: a hosted HTTP connection
   * between two requests.
   */
  readonly activity: 'serving' | 'idle';
  /** For how long, in milliseconds. */
  readonly activityForMs: number;
  /** The HTTP request that is under way for the longest, such as `GET /slow`, without its query. */
  readonly request: string | undefined;
}

/** Tells what a connection does; undefined where that is not known. */
export type ActivityOf = (connection: Socket) => ConnectionActivity | undefined;
