import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPeer } from '@sockpool/pool-bench/install-peers';
import {
  endProgram,
  get,
  run,
  type RunningPeer,
  startCommanded,
  startMaster,
  startProgram,
  until,
} from './running-peer.ts';

/** A server that is compared. */
export interface Peer {
  readonly name: string;
  /** How it is set up, and who says so. */
  readonly settings: string;
  /** Returns its version, or undefined when it is not here. */
  version(): Promise<string | undefined>;
  /** The file that a deploy exchanges, in its folder, and a version of it that can't start. */
  readonly deployed: readonly [file: string, broken: string];
  /** Starts it in a folder of its own. */
  start(folder: string, port: number): Promise<RunningPeer>;
}

const SERVERS = fileURLToPath(new URL('../servers', import.meta.url));
const NODE_MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));
const THROWS = "throw new Error('a bad deploy');\n";

async function place(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, source] of Object.entries(files)) {
    await copyFile(join(SERVERS, source), join(folder, name));
  }
}

/** Copies a server with words in it replaced. */
async function fill(
  file: string,
  source: string,
  words: Readonly<Record<string, string>>,
): Promise<void> {
  const text = await readFile(join(SERVERS, source), 'utf8');
  const filled = Object.entries(words).reduce((all, [word, by]) => all.replaceAll(word, by), text);
  await writeFile(file, filled);
}

async function versionOf(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, [...args]);
    return /\d+\.\d+[.\d]*/.exec(`${stdout}${stderr}`)?.[0];
  } catch {
    return undefined;
  }
}

function pool(name: string, packageName: string, className: string, threads: boolean): Peer {
  return {
    name,
    settings: 'its defaults, 2 workers',
    version: async () => `0.0.0 on Node ${process.versions.node}`,
    deployed: ['handler.mjs', THROWS],
    start: async (folder, port) => {
      await symlink(NODE_MODULES, join(folder, 'node_modules'));
      await place(folder, { 'listener.mjs': 'listener.mjs' });
      await place(folder, { 'handler.mjs': 'pool-handler.mjs' });
      const words = { CLASS: className, POOL: packageName };
      await fill(join(folder, 'main.mjs'), 'pool-main.mjs', words);
      const peer = await startCommanded(folder, port);
      // A thread has no process to kill.
      return threads ? { ...peer, killWorker: async () => void (await get(port, '/die')) } : peer;
    },
  };
}

const cluster: Peer = {
  name: 'node:cluster',
  settings:
    'the usual recipe: fork, wait for `listening`, `disconnect()`, SIGKILL after 10 s; https://nodejs.org/api/cluster.html',
  version: async () => `Node ${process.versions.node}`,
  deployed: ['listener.mjs', THROWS],
  start: async (folder, port) => {
    await place(folder, { 'listener.mjs': 'listener.mjs', 'main.mjs': 'cluster-main.mjs' });
    return startCommanded(folder, port);
  },
};

const pm2: Peer = {
  name: 'PM2',
  settings:
    'cluster mode, `wait_ready`, `listen_timeout` 10 s, `kill_timeout` 10 s, `server.close()` on SIGINT; https://pm2.keymetrics.io/docs/usage/signals-clean-restart/',
  version: async () => (await installPeer('pm2')).versionOf('pm2'),
  deployed: ['listener.mjs', THROWS],
  start: async (folder, port) => {
    await place(folder, { 'listener.mjs': 'listener.mjs', 'app.mjs': 'pm2-app.mjs' });
    const app = {
      name: 'app',
      script: './app.mjs',
      cwd: folder,
      exec_mode: 'cluster',
      instances: 2,
      wait_ready: true,
      listen_timeout: 10_000,
      kill_timeout: 10_000,
      env: { PORT: port },
    };
    await writeFile(join(folder, 'ecosystem.json'), JSON.stringify({ apps: [app] }));
    const command = await (await installPeer('pm2')).bin('pm2');
    const env = { ...process.env, PM2_HOME: join(folder, '.pm2') };
    const ask = async (...args: string[]): Promise<void> => {
      // A reload of what can't start may never end.
      await run(process.execPath, [command, ...args], { cwd: folder, env, timeout: 60_000 }).catch(
        () => undefined,
      );
    };
    await ask('start', 'ecosystem.json');
    await until('PM2 to answer', async () => (await get(port, '/')) !== undefined);
    return {
      port,
      restart: async () => ask('reload', 'app'),
      killWorker: async () => {
        const pid = Number(await get(port, '/pid'));
        if (pid > 0) process.kill(pid, 'SIGKILL');
      },
      stop: async () => ask('kill'),
    };
  },
};

const watt: Peer = {
  name: 'Watt',
  settings:
    '`@platformatic/node`, 2 workers, `create()` returns the server, `wattpm restart`; https://docs.platformatic.dev/docs/reference/node/overview',
  version: async () => (await installPeer('watt')).versionOf('wattpm'),
  deployed: ['listener.mjs', THROWS],
  start: async (folder, port) => {
    const { modules, bin } = await installPeer('watt');
    await symlink(modules, join(folder, 'node_modules'));
    await place(folder, { 'listener.mjs': 'listener.mjs', 'app.mjs': 'watt-app.mjs' });
    const config = {
      module: '@platformatic/node',
      node: { main: './app.mjs' },
      runtime: {
        workers: 2,
        server: { hostname: '127.0.0.1', port },
        managementApi: true,
        logger: { level: 'error' },
      },
    };
    await writeFile(join(folder, 'watt.json'), JSON.stringify(config));
    const command = await bin('wattpm');
    const child = await startProgram(process.execPath, [command, 'start'], { cwd: folder, port });
    child.stdout?.resume();
    const restart = async (): Promise<void> => {
      const args = [command, 'restart', String(child.pid)];
      // A restart into what can't start fails; clients tell what it did.
      await run(process.execPath, args, { cwd: folder, timeout: 60_000 }).catch(() => undefined);
    };
    return {
      port,
      restart,
      // Its workers are threads.
      killWorker: async () => void (await get(port, '/die')),
      stop: async () => endProgram(child),
    };
  },
};

const nginx: Peer = {
  name: 'nginx',
  settings: 'static reply, 2 workers, `nginx -s reload`; https://nginx.org/en/docs/control.html',
  version: async () => versionOf('nginx', ['-v']),
  deployed: ['nginx.conf', 'a bad deploy\n'],
  start: async (folder, port) => {
    await mkdir(join(folder, 'tmp'));
    await fill(join(folder, 'nginx.conf'), 'nginx.conf', { PORT: String(port) });
    const args = ['-p', folder, '-c', 'nginx.conf'];
    return startMaster('nginx', args, { cwd: folder, port }, (pid) => {
      process.kill(pid, 'SIGHUP');
    });
  },
};

const gunicorn: Peer = {
  name: 'gunicorn',
  settings:
    '2 `gthread` workers of 100 threads, `--keep-alive 75`, SIGHUP; its docs want a proxy in front; https://docs.gunicorn.org/en/stable/signals.html',
  version: async () => versionOf('gunicorn', ['--version']),
  deployed: ['app.py', "raise RuntimeError('a bad deploy')\n"],
  start: async (folder, port) => {
    await place(folder, { 'app.py': 'app.py' });
    const args = ['-w', '2', '-k', 'gthread', '--threads', '100', '--keep-alive', '75'];
    const where = ['-b', `127.0.0.1:${port}`, '--backlog', '4096', 'app:application'];
    return startMaster('gunicorn', [...args, ...where], { cwd: folder, port }, (pid) => {
      process.kill(pid, 'SIGHUP');
    });
  },
};

const puma: Peer = {
  name: 'puma',
  settings:
    'cluster of 2 workers with 5 threads, phased restart (SIGUSR1); https://github.com/puma/puma/blob/master/docs/restart.md',
  version: async () => versionOf('puma', ['--version']),
  deployed: ['config.ru', "raise 'a bad deploy'\n"],
  start: async (folder, port) => {
    await place(folder, { 'config.ru': 'config.ru', 'puma.rb': 'puma.rb' });
    const args = ['-C', 'puma.rb', '-e', 'production', 'config.ru'];
    return startMaster('puma', args, { cwd: folder, port }, (pid) => {
      process.kill(pid, 'SIGUSR1');
    });
  },
};

/** Every server that is compared, in the order of the table. */
export const PEERS: readonly Peer[] = [
  pool('sockpool, processes', '@sockpool/process-pool', 'ProcessPool', false),
  pool('sockpool, threads', '@sockpool/thread-pool', 'ThreadPool', true),
  cluster,
  pm2,
  watt,
  nginx,
  gunicorn,
  puma,
];
