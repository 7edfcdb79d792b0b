import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { adapt, deployFile, folderWith } from './deploy-files.ts';
import type { ShopAddress } from './shop-server.ts';

/** A load balancer of the folder, in front of two servers of the shop. */
export interface Balancer {
  readonly name: string;
  /** Why it cannot be run here. */
  readonly missing: string | undefined;
  /** What the servers are started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Its file, without what it tries again. */
  readonly config: string;
  readonly command: (file: string, folder: string) => readonly [string, ...string[]];
  /** What its file says of ports and folders, for another place. */
  readonly place: (front: number, folder: string) => readonly (readonly [string, string])[];
  /** Whether it asks servers how they are, and so sees that one leaves before it is gone. */
  readonly asksHealth: boolean;
}

function missing(command: string, flag: string): string | undefined {
  const { error } = spawnSync(command, [flag]);
  return error === undefined ? undefined : `${command} is not installed`;
}

/** Longer than it takes to notice on a busy machine that a server leaves. */
const LEAVES_SLOWLY = { READINESS_DELAY_MS: '10000' };

export const BALANCERS: readonly Balancer[] = [
  {
    name: 'HAProxy',
    asksHealth: true,
    missing: missing('haproxy', '-v'),
    env: { ...LEAVES_SLOWLY, PROXIES: '127.0.0.0/8' },
    config: adapt(deployFile('haproxy.cfg'), [
      ['retries 3', 'retries 0'],
      ['option redispatch 1', 'no option redispatch'],
    ]),
    command: (file) => ['haproxy', '-db', '-q', '-f', file],
    place: (front) => [['bind :80', `bind 127.0.0.1:${front}`]],
  },
  {
    name: 'nginx',
    // Only its commercial version does.
    asksHealth: false,
    missing: missing('nginx', '-v'),
    env: {},
    config: adapt(deployFile('nginx.conf'), [
      ['proxy_next_upstream error timeout;', 'proxy_next_upstream off;'],
    ]),
    command: (file, folder) => ['nginx', '-p', folder, '-e', 'error.log', '-c', file],
    place: (front, folder) => [
      ['user www-data;', `daemon off;${process.getuid?.() === 0 ? ' user root;' : ''}`],
      ['/run/nginx.pid', `${folder}/nginx.pid`],
      ['/var/log/nginx/error.log', `${folder}/error.log`],
      ['worker_processes auto;', 'worker_processes 1;'],
      [
        'access_log off;',
        ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
          .map((name) => `${name}_temp_path ${folder}/${name};`)
          .concat('access_log off;')
          .join('\n'),
      ],
      ['listen 80;', `listen 127.0.0.1:${front};`],
    ],
  },
  {
    name: 'Caddy',
    asksHealth: true,
    missing: missing('caddy', 'version'),
    env: LEAVES_SLOWLY,
    config: adapt(deployFile('Caddyfile'), [['lb_try_duration 5s', 'lb_try_duration 0s']]),
    command: (file) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
    place: (front) => [[':80 {', `http://127.0.0.1:${front} {`]],
  },
];

/** Runs a load balancer in front of servers; resolves when it accepts. It ends with the test. */
export async function startBalancer(
  balancer: Balancer,
  front: number,
  servers: readonly [ShopAddress, ShopAddress],
  onFinished: (end: () => Promise<void>) => void,
): Promise<void> {
  const folder = await folderWith({}, onFinished as never);
  const file = path.join(folder, 'config');
  const [first, second] = servers;
  const config = adapt(balancer.config, [
    ['10.0.0.11:3000', nameOf(first)],
    ['10.0.0.12:3000', nameOf(second)],
    ...(balancer.asksHealth ? [['9464', String(first.metricsPort)] as const] : []),
    ...balancer.place(front, folder),
  ]);
  writeFileSync(file, config);
  const [command, ...args] = balancer.command(file, folder);
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    told += chunk;
  });
  onFinished(() => end(child));
  while (!(await accepts(front))) {
    if (child.exitCode !== null) throw new Error(`${command} has ended: ${told}`);
    await delay(20);
  }
}

function nameOf({ host, port }: ShopAddress): string {
  return `${host}:${port}`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // It does not listen yet.
    return false;
  } finally {
    socket.destroy();
  }
}
