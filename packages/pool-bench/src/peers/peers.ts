import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from 'selfsigned';
import { BenchServer } from '../bench-server.ts';
import { installPeer } from '../install-peers.ts';
import { javaScriptOf } from '../javascript-of.ts';
import { compiled, firstLineOf, SERVERS } from './native-programs.ts';
import type { AppKind, Identity } from './peer-app.ts';

/** What a peer is to serve. */
export interface Task {
  readonly app: AppKind;
  readonly tls: boolean;
  readonly workers: number;
  /** The one CPU that it may use. @default any */
  readonly cpu?: number;
}

/** A server that runs, and how it is ended. */
export interface RunningServer extends AsyncDisposable {
  readonly server: BenchServer;
}

/** A server that is measured. */
export interface Peer {
  readonly name: string;
  /** How it is set up. */
  readonly note: string;
  /** Whether it serves in one thread whatever its number of workers. */
  readonly single?: true;
  /** Whether its start ends when all its workers listen; otherwise when the first does. */
  readonly tellsAll: boolean;
  serves(task: Task): boolean;
  /** Resolves with its version, or with undefined when it is not here and can't be had. */
  version(): Promise<string | undefined>;
  start(task: Task): Promise<RunningServer>;
}

let identity: Promise<Identity> | undefined;

/** The identity of all peers that speak TLS. */
async function identityOf(task: Task): Promise<Identity | undefined> {
  if (!task.tls) return undefined;
  identity ??= generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' }).then(
    ({ private: key, cert }) => ({ key, cert }),
  );
  return identity;
}

type RunWords = Parameters<typeof BenchServer.run>;

/** Runs a command, on one CPU if the task says so. */
async function run(
  { cpu }: Task,
  [command, args, env, options]: RunWords,
  after: () => Promise<void> = async () => undefined,
): Promise<RunningServer> {
  const server = await (
    cpu === undefined
      ? BenchServer.run(command, args, env, options)
      : BenchServer.run('taskset', ['-c', `${cpu}`, command, ...args], env, options)
  ).catch(async (error: unknown) => {
    await after();
    throw error;
  });
  return {
    server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await after();
    },
  };
}

const nodeVersion = async (): Promise<string> => `Node ${process.versions.node}`;
const programOf = (path: string): string => javaScriptOf(new URL(path, import.meta.url).href);
const environment = (own: Identity | undefined): Record<string, string> =>
  own === undefined ? {} : { PEER_IDENTITY: JSON.stringify(own) };

function pool(name: string, className: string, accept: 'worker' | 'primary'): Peer {
  const packageName = className === 'ProcessPool' ? 'process-pool' : 'thread-pool';
  return {
    name,
    note: `${className} with \`accept: '${accept}'\`, otherwise its defaults`,
    tellsAll: true,
    serves: () => true,
    version: nodeVersion,
    start: async (task) => {
      const handler = programOf(
        task.app === 'echo' ? '../handlers/echo-handler.ts' : `./${task.app}-handler.ts`,
      );
      const tls = await identityOf(task);
      const options = { handler, workers: task.workers, accept, ...(tls && { tls }) };
      return run(task, [
        process.execPath,
        [
          new URL(import.meta.resolve('@sockpool/pool-compliance/serve-main.js')).pathname,
          // The pools' own development needs this package, so that it finds them by their place.
          new URL(`../../../${packageName}/dist/index.js`, import.meta.url).href,
          className,
          JSON.stringify(options),
          JSON.stringify({ host: '127.0.0.1', backlog: 65_535 }),
        ],
      ]);
    },
  };
}

function node(name: string, note: string): Peer {
  return {
    name,
    note,
    ...(name === 'node' && { single: true as const }),
    tellsAll: true,
    serves: () => true,
    version: nodeVersion,
    start: async (task) => {
      const main = fileURLToPath(programOf('./node-peer-main.ts'));
      const env = environment(await identityOf(task));
      return run(task, [process.execPath, [main, task.app, name, `${task.workers}`], env]);
    },
  };
}

/** Runs something with a folder of its own, which goes with it. */
async function inFolder(
  start: (folder: string, remove: () => Promise<void>) => Promise<RunningServer>,
): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-peer-'));
  return start(folder, async () => rm(folder, { recursive: true, force: true }));
}

/** Finds where a program listens in what it prints, by a pattern whose group is the port. */
function findingPort(pattern: RegExp): (line: string) => { readonly port: number } | undefined {
  return (line) => {
    const port = pattern.exec(line)?.[1];
    return port === undefined ? undefined : { port: Number(port) };
  };
}

const pm2: Peer = {
  name: 'pm2',
  note: '`pm2-runtime`, cluster mode',
  tellsAll: false,
  serves: () => true,
  version: async () => (await installPeer('pm2')).versionOf('pm2'),
  start: async (task) =>
    inFolder(async (folder, remove) => {
      const app = `
import { createPeerServer, identityOfProgram } from '${programOf('./peer-app.ts')}';
const server = await createPeerServer('${task.app}', identityOfProgram());
server.listen({ port: 0, host: '127.0.0.1', backlog: 65_535 }, () => {
  console.log(JSON.stringify({ event: 'listening', value: { address: server.address() } }));
});
`;
      await writeFile(join(folder, 'app.mjs'), app);
      const apps = [
        {
          name: 'app',
          script: './app.mjs',
          cwd: folder,
          exec_mode: 'cluster',
          instances: task.workers,
        },
      ];
      await writeFile(join(folder, 'ecosystem.json'), JSON.stringify({ apps }));
      const command = await (await installPeer('pm2')).bin('pm2', 'pm2-runtime');
      const env = { ...environment(await identityOf(task)), PM2_HOME: join(folder, '.pm2') };
      const args = [command, 'start', 'ecosystem.json', '--raw'];
      const whereIn = findingPort(/^\{"event":"listening".*"port":(\d+)/);
      return run(task, [process.execPath, args, env, { cwd: folder, whereIn }], remove);
    }),
};

const watt: Peer = {
  name: 'watt',
  note: '`@platformatic/node`, `create()` returns the server',
  tellsAll: false,
  serves: ({ app, tls }) => app !== 'echo' && !tls,
  version: async () => (await installPeer('watt')).versionOf('wattpm'),
  start: async (task) =>
    inFolder(async (folder, remove) => {
      const { modules, bin } = await installPeer('watt');
      await symlink(modules, join(folder, 'node_modules'));
      const app = `
import { createPeerServer } from '${programOf('./peer-app.ts')}';
export const create = () => createPeerServer('${task.app}');
`;
      await writeFile(join(folder, 'app.mjs'), app);
      await writeFile(join(folder, 'package.json'), '{"type":"module"}');
      const config = {
        module: '@platformatic/node',
        node: { main: './app.mjs' },
        runtime: {
          workers: task.workers,
          server: { hostname: '127.0.0.1', port: 0 },
          logger: { level: 'info' },
        },
      };
      await writeFile(join(folder, 'watt.json'), JSON.stringify(config));
      const whereIn = findingPort(/listening at "?https?:\/\/127\.0\.0\.1:(\d+)/);
      const args = [await bin('wattpm'), 'start'];
      return run(task, [process.execPath, args, {}, { cwd: folder, whereIn }], remove);
    }),
};

/** The executable that Bun's package for this machine holds: its own is put in place by a script, and none runs. */
async function bunFile(): Promise<string> {
  const { modules } = await installPeer('bun');
  return join(
    modules,
    '@oven',
    `bun-${process.platform}-${process.arch}`.replace('arm64', 'aarch64'),
    'bin',
    'bun',
  );
}

const bun: Peer = {
  name: 'bun',
  note: "processes with a socket each on the same port, by Bun's own API",
  tellsAll: true,
  serves: ({ app }) => app !== 'fastify',
  version: async () => {
    const version = await firstLineOf(await bunFile(), ['--version']);
    return version === undefined ? undefined : `Bun ${version}`;
  },
  start: async (task) => {
    const args = [join(SERVERS, 'bun-server.mjs'), task.app, `${task.workers}`];
    return run(task, [await bunFile(), args, environment(await identityOf(task))]);
  },
};

function native(name: string, source: 'server.c' | 'server.go', note: string): Peer {
  return {
    name,
    note,
    tellsAll: true,
    serves: ({ app, tls }) => app !== 'fastify' && !tls,
    version: async () => {
      if ((await compiled(source)) === undefined) return undefined;
      return name === 'go'
        ? firstLineOf('go', ['version'])
        : firstLineOf(process.env['CC'] ?? 'cc', ['--version']);
    },
    start: async (task) =>
      run(task, [(await compiled(source)) ?? '', [task.app, `${task.workers}`]]),
  };
}

/** All that are measured, in the order of the tables. */
export const PEERS: readonly Peer[] = [
  pool('process-pool', 'ProcessPool', 'worker'),
  pool('process-pool-primary', 'ProcessPool', 'primary'),
  pool('thread-pool', 'ThreadPool', 'primary'),
  pool('thread-pool-worker', 'ThreadPool', 'worker'),
  node('node', 'one process, one thread'),
  node('fork', 'bare forks that listen on one shared socket'),
  node('reuse-port', 'bare forks with a socket each on the same port (`reusePort`)'),
  node('threads', 'bare `worker_threads` with a socket each on the same port (`reusePort`)'),
  node('moved', 'bare `worker_threads` to which one thread moves each connection in turn'),
  node('cluster', '`node:cluster` with its defaults'),
  pm2,
  watt,
  bun,
  native('go', 'server.go', 'one process, as many threads as workers'),
  native('c', 'server.c', 'processes with an epoll loop on one shared socket'),
];
