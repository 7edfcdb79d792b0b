import type { ControllablePool } from '../controllable-pool.ts';
import type { EventFeed } from '../events/event-feed.ts';
import type { EventFormat } from '../events/event-stream.ts';
import type { Given, Parameters } from './parameters.ts';

/** What a route works with. */
export interface Call {
  readonly pool: ControllablePool;
  readonly feed: EventFeed;
  readonly about: () => About;
  readonly reloadTls: (() => Promise<void>) | undefined;
  /** The worker of the path; 0 where there is none. */
  readonly workerId: number;
  readonly given: Given;
  /** Fires when the client is gone, or the server closes. */
  readonly signal: AbortSignal;
}

/** What a server tells of itself. */
export interface About {
  readonly name: string;
  readonly pid: number;
  readonly node: string;
  readonly uptimeMs: number;
}

/** What a route answers with. */
export type Answer =
  | { readonly json: object }
  | { readonly text: AsyncIterable<string>; readonly type: string; readonly fileName: string }
  | { readonly events: EventFormat; readonly only: ReadonlySet<string> };

/** One thing that can be asked. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** `{workerId}` stands for a number. */
  readonly path: string;
  readonly summary: string;
  readonly query?: Parameters;
  readonly body?: Parameters;
  /** Whether it can be told to answer before it is done. */
  readonly takesLong?: boolean;
  /** The name of the answer's schema, or the type of the text. */
  readonly answer: { readonly schema: string } | { readonly type: string };
  run(call: Call): Promise<Answer> | Answer;
}
