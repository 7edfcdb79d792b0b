import { RefusedRequest } from '../control-error.ts';
import type { EventFormat } from '../events/event-stream.ts';
import type { Parameter, Parameters } from './parameters.ts';
import { POOL_EVENTS } from '../events/pool-events.ts';
import type { Answer, Call, Route } from './route.ts';
import { restart, restartWorker, status, stop, upgrade } from './verbs.ts';

const durationMs = (description: string, more: Partial<Parameter> = {}): Parameter => ({
  type: 'integer',
  minimum: 0,
  maximum: 2 ** 31 - 1,
  description,
  ...more,
});

const GRACE = {
  graceMs: durationMs(
    'How long leaving workers may take for their connections, in milliseconds; the pool’s own by default.',
  ),
} satisfies Parameters;

const RETIRE = {
  ...GRACE,
  minReadyMs: durationMs(
    'How long a new worker serves before the one that it replaces leaves, in milliseconds.',
  ),
} satisfies Parameters;

const CHANGE = {
  ...RETIRE,
  parallelBoots: {
    type: 'integer',
    minimum: 1,
    maximum: 1_024,
    description: 'How many new workers boot at a time.',
  },
} satisfies Parameters;

const NATIVE_ID = {
  nativeId: {
    type: 'integer',
    minimum: 0,
    description:
      'The process or thread id, for one of several workers of a slot, such as one that drains.',
  },
} satisfies Parameters;

/** Everything that can be asked. */
export const ROUTES: readonly Route[] = Object.freeze([
  {
    method: 'GET',
    path: '/v1',
    summary: 'Tells which program this is.',
    answer: { schema: 'About' },
    run: ({ about }) => ({ json: about() }),
  },
  {
    method: 'GET',
    path: '/v1/status',
    summary: 'Tells how the pool is: its health and its counters.',
    answer: { schema: 'Status' },
    run: async (call) => ({ json: await status(call) }),
  },
  {
    method: 'GET',
    path: '/v1/stats',
    summary: 'Gives the pool’s counters, with a fresh report of each worker.',
    answer: { schema: 'Stats' },
    run: async ({ pool }) => ({ json: await pool.stats() }),
  },
  {
    method: 'GET',
    path: '/v1/health',
    summary: 'Tells how the pool and its workers are, without asking a worker.',
    answer: { schema: 'Health' },
    run: ({ pool }) => ({ json: pool.health() }),
  },
  {
    method: 'GET',
    path: '/v1/metrics',
    summary: 'Gives everything that the pool has counted, without asking a worker.',
    answer: { schema: 'Metrics' },
    run: ({ pool }) => ({ json: pool.metrics() }),
  },
  {
    method: 'GET',
    path: '/v1/connections',
    summary: 'Lists open connections: what each does and since when, and who holds up a drain.',
    query: {
      limit: {
        type: 'integer',
        minimum: 0,
        maximum: 100_000,
        default: 1_000,
        description: 'How many of each worker at most, the longest open first.',
      },
    },
    answer: { schema: 'Connections' },
    run: async ({ pool, given }) => ({
      json: { workers: await pool.connections({ limit: Number(given['limit']) }) },
    }),
  },
  {
    method: 'GET',
    path: '/v1/events',
    summary: 'Streams what happens, until the pool is closed.',
    query: {
      format: {
        type: 'string',
        enum: ['sse', 'ndjson'],
        default: 'sse',
        description: 'Server-sent events, or one JSON object a line.',
      },
      only: {
        type: 'string',
        pattern: `^(${Object.keys(POOL_EVENTS).join('|')})(,(${Object.keys(POOL_EVENTS).join('|')}))*$`,
        description: 'The names of events, separated by commas; all by default.',
      },
    },
    answer: { type: 'text/event-stream' },
    run: ({ given }) => ({
      events: given['format'] as EventFormat,
      only: new Set(typeof given['only'] === 'string' ? given['only'].split(',') : []),
    }),
  },
  {
    method: 'POST',
    path: '/v1/restart',
    summary:
      'Exchanges every worker for a new one, which loads the code anew, without losing a client.',
    body: {
      ...CHANGE,
      maxSurge: {
        type: 'integer',
        minimum: 1,
        maximum: 4_096,
        description: 'Extra workers allowed during the restart.',
      },
      canary: {
        type: 'boolean',
        default: false,
        description:
          'Whether one worker goes first and the others follow when it has served without a failure.',
      },
      canaryMs: durationMs(
        'For how long the canary serves before the others follow, in milliseconds.',
        { default: 10_000 },
      ),
      canaryWorker: {
        type: 'integer',
        minimum: 0,
        maximum: 1_023,
        default: 0,
        description: 'Which worker goes first.',
      },
    },
    takesLong: true,
    answer: { schema: 'RestartReport' },
    run: async (call) => ({ json: await restart(call) }),
  },
  {
    method: 'POST',
    path: '/v1/workers/{workerId}/restart',
    summary: 'Replaces one worker, in the same way.',
    body: RETIRE,
    takesLong: true,
    answer: { schema: 'RetireReport' },
    run: async (call) => ({ json: await restartWorker(call) }),
  },
  {
    method: 'POST',
    path: '/v1/resize',
    summary: 'Changes the number of workers, without losing a client.',
    body: {
      workers: {
        type: 'integer',
        minimum: 1,
        maximum: 1_024,
        required: true,
        description: 'How many there are to be.',
      },
      ...CHANGE,
    },
    takesLong: true,
    answer: { schema: 'ResizeReport' },
    run: async ({ pool, given: { workers, ...terms } }) => ({
      json: await pool.resize(Number(workers), terms),
    }),
  },
  {
    method: 'POST',
    path: '/v1/pause',
    summary: 'Stops accepting; clients wait in the kernel, open connections go on.',
    body: {},
    answer: { schema: 'Health' },
    run: ({ pool }) => {
      pool.pause();
      return { json: pool.health() };
    },
  },
  {
    method: 'POST',
    path: '/v1/resume',
    summary: 'Accepts again.',
    body: {},
    answer: { schema: 'Health' },
    run: ({ pool }) => {
      pool.resume();
      return { json: pool.health() };
    },
  },
  {
    method: 'POST',
    path: '/v1/stop',
    summary: 'Closes the pool and loses nobody, or cuts every connection with `now`.',
    body: {
      ...GRACE,
      now: { type: 'boolean', default: false, description: 'Whether workers are killed at once.' },
    },
    takesLong: true,
    answer: { schema: 'CloseReport' },
    run: async (call) => ({ json: await stop(call) }),
  },
  {
    method: 'POST',
    path: '/v1/upgrade',
    summary:
      'Starts the program anew and hands the listening socket to it; pools of processes only.',
    body: {
      ...GRACE,
      timeoutMs: durationMs('Time for the new program to listen, in milliseconds.', { minimum: 1 }),
    },
    takesLong: true,
    answer: { schema: 'UpgradeReport' },
    run: async (call) => ({ json: await upgrade(call) }),
  },
  {
    method: 'POST',
    path: '/v1/reload-tls',
    summary: 'Takes the certificate anew from where the program has it, without a restart.',
    body: {},
    answer: { schema: 'Done' },
    run: async ({ reloadTls }) => {
      if (reloadTls === undefined) {
        throw new RefusedRequest(
          501,
          'Cannot reload certificates: the program gives serveControl() no reloadTls',
        );
      }
      await reloadTls();
      return { json: { done: true } };
    },
  },
  {
    method: 'GET',
    path: '/v1/workers/{workerId}/stack',
    summary: 'Gives the stack of one worker, also if it hangs.',
    query: NATIVE_ID,
    answer: { type: 'text/plain; charset=utf-8' },
    run: (call) => inspection(call, 'stack', 'text/plain; charset=utf-8', 'txt'),
  },
  {
    method: 'GET',
    path: '/v1/workers/{workerId}/profile',
    summary: 'Profiles the CPU of one worker, for Chrome’s DevTools or VS Code.',
    query: {
      ...NATIVE_ID,
      durationMs: durationMs('For how long, in milliseconds.', {
        minimum: 1,
        maximum: 300_000,
        default: 5_000,
      }),
    },
    answer: { type: 'application/json' },
    run: (call) => inspection(call, 'cpuProfile', 'application/json', 'cpuprofile'),
  },
  {
    method: 'GET',
    path: '/v1/workers/{workerId}/heap',
    summary:
      'Takes a heap snapshot of one worker, which stands still meanwhile, for Chrome’s DevTools.',
    query: NATIVE_ID,
    answer: { type: 'application/json' },
    run: (call) => inspection(call, 'heapSnapshot', 'application/json', 'heapsnapshot'),
  },
] satisfies Route[]);

function inspection(
  { pool, workerId, given, signal }: Call,
  take: 'stack' | 'cpuProfile' | 'heapSnapshot',
  type: string,
  extension: string,
): Answer {
  const text = pool.inspect({ ...given, workerId, take, signal });
  return { text, type, fileName: `worker-${workerId}.${extension}` };
}
