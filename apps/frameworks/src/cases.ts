import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Broker } from './broker.ts';
import { chatWhile } from './chat-clients.ts';
import type { Outcome, Restarts } from './outcome.ts';
import { askWhile } from './request-clients.ts';
import { emitWhile } from './socket-io-clients.ts';

/** A program and its clients. */
export interface Case {
  readonly name: string;
  /** The package whose version is told, if it is of one. */
  readonly package?: string;
  /** Relative to this package. */
  readonly file: string;
  /** Where the command runs, relative to this package. @default '.' */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Builds the program. */
  readonly prepare?: () => Promise<void>;
  /** Starts what the program needs; gives it more variables. */
  readonly beside?: () => Promise<AsyncDisposable & { readonly port: number }>;
  readonly use: (port: number, restarts: Restarts) => Promise<Outcome>;
}

const run = promisify(execFile);

/** This package's folder. */
export const ROOT: string = fileURLToPath(new URL('../', import.meta.url));

const NEXT = join(ROOT, 'programs/next');
const PRODUCTION = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };

const hello: Case['use'] = (port, restarts) =>
  askWhile(port, { http: { requests: ['GET /'], expectBody: 'hello' } }, Infinity, restarts);

const page: Case['use'] = (port, restarts) =>
  askWhile(port, { http: { requests: ['GET /'], expectStatus: 200 } }, Infinity, restarts);

/** An echo cannot say that it wants to end a connection, and so its clients do. */
const echo: Case['use'] = (port, restarts) =>
  askWhile(port, { expectedReply: 'same' }, 5, restarts);

let built: Promise<void> | undefined;

/** Of several that need it, the first one builds. */
function buildNext(): Promise<void> {
  built ??= (async () => {
    await rm(join(NEXT, '.next'), { recursive: true, force: true });
    const require = createRequire(join(ROOT, 'package.json'));
    const next = join(dirname(require.resolve('next/package.json')), 'dist/bin/next');
    await run(process.execPath, [next, 'build'], {
      cwd: NEXT,
      env: { ...process.env, ...PRODUCTION },
    });
    const standalone = join(NEXT, '.next/standalone/apps/frameworks/programs/next');
    await cp(join(NEXT, '.next/static'), join(standalone, '.next/static'), { recursive: true });
  })();
  return built;
}

async function buildNest(): Promise<void> {
  const tsc = createRequire(join(ROOT, 'package.json')).resolve('typescript/package.json');
  await run(process.execPath, [join(dirname(tsc), 'bin/tsc'), '-p', 'programs/nest'], {
    cwd: ROOT,
  });
  await cp(join(ROOT, 'programs/nest/package.json'), join(ROOT, 'build/nest/package.json'));
}

/** Every program, as people have it. */
export const CASES: readonly Case[] = [
  { name: 'Express', package: 'express', file: 'programs/express.cjs', use: hello },
  { name: 'Fastify', package: 'fastify', file: 'programs/fastify.mjs', use: hello },
  { name: 'Koa', package: 'koa', file: 'programs/koa.cjs', use: hello },
  { name: 'Hono', package: 'hono', file: 'programs/hono.mjs', use: hello },
  {
    name: 'NestJS, built as CommonJS',
    package: '@nestjs/core',
    file: 'build/nest/main.js',
    prepare: buildNest,
    use: hello,
  },
  {
    name: 'Next.js, custom server',
    package: 'next',
    file: 'programs/next/server.js',
    cwd: 'programs/next',
    env: PRODUCTION,
    prepare: buildNext,
    use: page,
  },
  {
    name: 'Next.js, standalone output',
    package: 'next',
    file: 'programs/next/.next/standalone/apps/frameworks/programs/next/server.js',
    // It changes into its folder; a thread has to be there already.
    cwd: 'programs/next/.next/standalone/apps/frameworks/programs/next',
    env: PRODUCTION,
    prepare: buildNext,
    use: page,
  },
  { name: 'Socket.IO', package: 'socket.io', file: 'programs/socket-io.cjs', use: emitWhile },
  {
    name: 'chat over ws',
    package: 'ws',
    file: 'programs/ws-chat.mjs',
    beside: () => Broker.start(),
    use: chatWhile,
  },
  { name: 'echo over net', file: 'programs/net-echo.cjs', use: echo },
  { name: 'CommonJS', file: 'programs/commonjs.cjs', use: hello },
  { name: 'TypeScript', file: 'programs/typescript.ts', use: hello },
];
