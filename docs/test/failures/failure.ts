/** How a pool's workers are made and who accepts, as the scenarios need to know it. */
export interface Kind {
  readonly name: string;
  readonly Pool: 'ProcessPool' | 'ThreadPool';
  readonly packageName: string;
  readonly accept: 'worker' | 'primary';
}

/** Every kind. */
export const KINDS: readonly Kind[] = (['ProcessPool', 'ThreadPool'] as const).flatMap((Pool) =>
  (['worker', 'primary'] as const).map((accept) => ({
    name: `${Pool} accepting in the ${accept}`,
    Pool,
    packageName: Pool === 'ProcessPool' ? '@sockpool/process-pool' : '@sockpool/thread-pool',
    accept,
  })),
);

/** Something that goes wrong in a program with a pool. */
export interface Failure {
  /** What goes wrong, as the guide says it. */
  readonly what: string;
  /** Where it can. @default both processes and threads, in both accept modes */
  readonly only?: Partial<Pick<Kind, 'Pool' | 'accept'>>;
  /** The handler module. @default one that answers nothing */
  readonly handler?: string;
  /** The pool's options but for `handler`, `accept` and `workers`, as source. @default none */
  readonly options?: string;
  /** What the program does besides, once the pool is made, as source. @default nothing */
  readonly program?: string;
  /** How many file descriptors it may have open. @default as many as this one */
  readonly descriptors?: number;
  /** What clients do, by number. @default one sends a line */
  readonly clients?: number;
  /** What happens besides, once the program listens. */
  readonly next?: 'restarts' | 'restarts with a broken handler' | 'closes';
  /** Begins the entry, for failures that Node prints since nobody catches them. @default `[sockpool]` */
  readonly printed?: RegExp;
}

const OUT_OF_MEMORY = `export default (connection) => {
  connection.once('data', () => {
    const held = [];
    for (;;) held.push(Array.from({ length: 100_000 }, (_, index) => index));
  });
};`;

/** A worker that dies cannot be replaced. */
const WITHOUT_SUCCESSOR = {
  handler: `export default (connection) => {
  connection.once('data', () => process.exit(3));
};`,
  // By then the descriptors of the dead one are gone as well.
  options: `respawn: { initialDelayMs: 300, maxDelayMs: 300 }`,
  printed: /Cannot spawn worker/,
} satisfies Partial<Failure>;

/** Takes every file descriptor, and those that the dead worker gives up late. */
const TAKES_DESCRIPTORS = `const { openSync } = process.getBuiltinModule('node:fs');
const take = () => {
  try {
    for (;;) openSync('/dev/null');
  } catch {}
};
pool.once('workerExit', () => {
  take();
  setInterval(take, 1);
});`;

/** What goes wrong in programs, in the order of the guide. */
export const FAILURES: readonly Failure[] = [
  {
    what: 'A handler throws.',
    handler: `export default (connection, context) => {
  context.workerData.user.name;
};`,
  },
  {
    what: "A handler's promise rejects.",
    handler: `export default async () => {
  throw new RangeError('too many items');
};`,
  },
  {
    what: 'A handler throws what is no error.',
    handler: `export default () => {
  throw null;
};`,
  },
  {
    what: 'A handler fails when its connection has ended.',
    handler: `export default async (connection) => {
  await new Promise((resolve) => connection.destroy().once('close', resolve));
  throw new Error('no backend');
};`,
  },
  {
    what: 'A promise that `waitUntil()` was given rejects.',
    handler: `export default (connection, { waitUntil }) => {
  waitUntil(Promise.reject(new Error('the log is gone')));
};`,
  },
  {
    what: "An error's text has line ends and terminal sequences of a client's.",
    handler: `export default async (connection) => {
  await new Promise((resolve) => connection.once('data', resolve));
  throw new Error('unknown command GET\\r\\n[sockpool] error: forged \\u001b[2J');
};`,
  },
  {
    what: '42 connections fail in the same place within 10 s.',
    handler: `export default () => {
  throw new Error('no backend');
};`,
    clients: 42,
    next: 'closes',
  },
  {
    what: 'A request listener with unusual parameter names is exported as a handler.',
    handler: `export default (a, b) => {
  b.writeHead(200);
};`,
  },
  {
    what: 'A callback of a handler throws.',
    handler: `export default (connection) => {
  connection.on('data', (chunk) => {
    JSON.parse(chunk);
  });
};`,
  },
  {
    what: 'A promise rejects, and nothing handles it.',
    handler: `export default (connection) => {
  connection.once('data', async () => {
    throw new TypeError('the query failed');
  });
};`,
  },
  {
    what: "An emitter's error event has no listener.",
    handler: `import { EventEmitter } from 'node:events';
export default (connection) => {
  const queue = new EventEmitter();
  connection.once('data', () => queue.emit('error', new Error('the queue is gone')));
};`,
  },
  {
    what: 'A handler calls `process.exit()`.',
    handler: `export default (connection) => {
  connection.once('data', () => {
    process.exit(3);
  });
};`,
  },
  {
    what: 'A worker is killed.',
    only: { Pool: 'ProcessPool' },
    handler: `export default (connection) => {
  connection.once('data', () => process.kill(process.pid, 'SIGKILL'));
};`,
  },
  {
    what: 'Native code crashes.',
    only: { Pool: 'ProcessPool' },
    handler: `export default (connection) => {
  connection.once('data', () => process.kill(process.pid, 'SIGSEGV'));
};`,
  },
  {
    what: "A process's heap is full.",
    only: { Pool: 'ProcessPool' },
    handler: OUT_OF_MEMORY,
    options: `execArgv: ['--max-old-space-size=24']`,
  },
  {
    what: "A thread's heap is full.",
    only: { Pool: 'ThreadPool' },
    handler: OUT_OF_MEMORY,
    options: `resourceLimits: { maxOldGenerationSizeMb: 24 }`,
  },
  {
    what: 'A worker hangs for `health.stuckTimeoutMs`.',
    handler: `export default (connection) => {
  connection.once('data', () => {
    for (;;);
  });
};`,
    options: `health: { stuckTimeoutMs: 3_000 }`,
  },
  {
    what: 'A worker dies again and again.',
    handler: `import { existsSync, writeFileSync } from 'node:fs';
const died = new URL('./died', import.meta.url);
if (existsSync(died)) {
  throw new Error('no queue');
}
export default (connection) => {
  connection.once('data', () => {
    writeFileSync(died, '');
    process.exit(1);
  });
};`,
    options: `respawn: { initialDelayMs: 1, maxDelayMs: 1, maxConsecutiveCrashes: 3 }`,
    printed: /^CrashLoopError/,
  },
  {
    ...WITHOUT_SUCCESSOR,
    what: 'A process cannot be started: no descriptors.',
    only: { Pool: 'ProcessPool' },
    program: TAKES_DESCRIPTORS,
    descriptors: 200,
  },
  {
    ...WITHOUT_SUCCESSOR,
    what: 'A thread cannot be started: no descriptors.',
    only: { Pool: 'ThreadPool' },
    program: TAKES_DESCRIPTORS,
    descriptors: 200,
  },
  {
    ...WITHOUT_SUCCESSOR,
    what: 'The system refuses to run a process.',
    only: { Pool: 'ProcessPool' },
    program: `pool.once('workerExit', () => {
  process.execPath = '/dev/null';
});`,
  },
  {
    what: 'The handler module throws at the start.',
    handler: `throw new Error('no database');`,
    printed: /^WorkerBootError/,
  },
  {
    what: 'The handler module throws what is no error.',
    handler: `throw 'no database';`,
    printed: /^WorkerBootError/,
  },
  {
    what: 'The handler module calls `process.exit()`.',
    handler: `process.exit(0);`,
    printed: /^WorkerBootError/,
  },
  {
    what: 'A worker is killed while it starts.',
    only: { Pool: 'ProcessPool' },
    handler: `process.kill(process.pid, 'SIGKILL');
await new Promise(() => undefined);`,
    printed: /^WorkerBootError/,
  },
  {
    what: 'The handler module has a syntax error.',
    handler: `export default () => {
  const answer = ;
};`,
    printed: /^WorkerBootError/,
  },
  {
    what: 'The handler module imports what there is not.',
    handler: `import { nothing } from 'node:net';
export default nothing;`,
    printed: /^WorkerBootError/,
  },
  {
    what: 'The handler module is not there.',
    options: `handler: new URL('./other/handler.js', import.meta.url)`,
    printed: /^WorkerBootError/,
  },
  {
    what: 'The handler module exports an Express app.',
    handler: `import express from 'express';
export default express();`,
    printed: /^WorkerBootError/,
  },
  {
    what: 'The handler module awaits something for longer than `bootTimeoutMs`.',
    handler: `setInterval(() => undefined, 1_000);
await new Promise(() => undefined);`,
    options: `bootTimeoutMs: 300`,
    printed: /^WorkerBootTimeoutError/,
  },
  {
    what: 'The handler module computes for longer than `bootTimeoutMs`.',
    handler: `for (;;);`,
    options: `bootTimeoutMs: 10_000`,
    printed: /^WorkerBootTimeoutError/,
  },
  {
    what: 'New code does not boot in a restart.',
    options: `controlSignals: true`,
    next: 'restarts with a broken handler',
  },
  {
    what: 'An option does not exist.',
    options: `worker: 3`,
    printed: /^TypeError/,
  },
  {
    what: "The pool's logger throws.",
    handler: `export default (connection, { logger }) => {
  logger.info('hello');
};`,
    options: `logger: {
    ...console,
    info() {
      throw new Error('the disk is full');
    },
  }`,
  },
  {
    what: 'A handler logs an error.',
    handler: `export default (connection, { logger }) => {
  logger.error('The cache is gone', new Error('connection refused'));
};`,
  },
  {
    what: 'A handler logs a socket, a function and a getter that throws.',
    handler: `export default (connection, { logger }) => {
  const job = { id: 7, run() {}, get owner() { throw new Error('none'); } };
  logger.warn('A job is late', { job, from: connection.constructor });
};`,
  },
  {
    what: '`onDraining` of a `serverHandler()` fails.',
    handler: `import http from 'node:http';
import { serverHandler } from '@sockpool/handler';
export default serverHandler(http.createServer(), {
  onDraining() {
    throw new Error('cannot say goodbye');
  },
});`,
    options: `controlSignals: true`,
    next: 'restarts',
  },
  {
    what: "A handler sends what looks like a pool's message.",
    only: { Pool: 'ProcessPool' },
    handler: `export default () => {
  process.send({ '@sockpool/process-pool': { type: 'report', report: null } });
};`,
  },
  {
    what: "A client's address is denied.",
    options: `protection: { deny: ['127.0.0.1'] }`,
  },
  {
    what: 'A client sends no PROXY header.',
    options: `proxyProtocol: { trusted: ['127.0.0.1'] }`,
  },
  {
    what: 'A client is rejected: the pool is full.',
    only: { accept: 'primary' },
    options: `maxConnectionsPerWorker: 1, overload: { policy: 'reject', maxQueuedConnections: 0 }`,
    clients: 2,
  },
  {
    what: 'The scheduling function throws.',
    only: { accept: 'primary' },
    options: `scheduling() {
    throw new Error('no such worker');
  }`,
  },
];
