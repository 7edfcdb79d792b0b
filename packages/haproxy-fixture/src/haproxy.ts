import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';

const probe = spawnSync('haproxy', ['-v'], { encoding: 'utf8' });

/** Says why tests behind HAProxy are skipped; `undefined` when HAProxy is present. */
export const withoutHaproxy: string | undefined =
  probe.status === 0
    ? undefined
    : `haproxy cannot be run (Debian: apt-get install haproxy): ${probe.error?.message ?? probe.stderr}`;

/** The descriptor on which HAProxy's frontend listens. */
const FRONTEND_FD = 3;

/** Lines of HAProxy's configuration. */
export interface HaproxySettings {
  /** How layer 7 is treated. @default 'tcp' */
  readonly mode?: 'http' | 'tcp';
  /** What follows `bind` and the address. */
  readonly bind?: string;
  /** More lines of the frontend. */
  readonly frontend?: string;
  /** The lines of the backend, with its servers. */
  readonly backend: string;
  /** What the file `server.pem` of its folder holds. */
  readonly pem?: string;
}

/** A running HAProxy with one frontend. */
export interface Haproxy extends AsyncDisposable {
  /** Where the frontend listens, on 127.0.0.1. */
  readonly port: number;
  /**
   * Asks what HAProxy's checks say of each server, by the name of the server: `UP`, `DOWN`,
   * or another status of its `show stat`, such as `UP 1/2` on the way between them.
   */
  servers(): Promise<ReadonlyMap<string, string>>;
}

/**
 * Starts HAProxy on a free port, which is bound when this resolves: who connects while it
 * still starts is refused.
 *
 * @param settings what it does
 */
export async function startHaproxy(settings: HaproxySettings): Promise<Haproxy> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sockpool-haproxy-'));
  const file = path.join(folder, 'haproxy.cfg');
  const control = path.join(folder, 'control.sock');
  writeFileSync(path.join(folder, 'server.pem'), settings.pem ?? '');
  writeFileSync(
    file,
    `global
  crt-base ${folder}
  stats socket ${control}
defaults
  mode ${settings.mode ?? 'tcp'}
  # None of these is to end what is only late on a busy machine.
  timeout connect 120s
  timeout client 120s
  timeout server 120s
  timeout check 120s
frontend clients
  bind fd@${FRONTEND_FD} ${settings.bind ?? ''}
  ${settings.frontend ?? ''}
  default_backend servers
backend servers
  ${settings.backend}
`,
  );
  const bound = new net.BoundSocket({ host: '127.0.0.1' });
  const { port } = bound.address();
  const haproxy = spawn('haproxy', ['-db', '-q', '-f', file], {
    stdio: ['ignore', 'ignore', 'inherit', bound.fd()],
  });
  await once(haproxy, 'spawn');
  bound.close();
  return {
    port,
    servers: async () => serversIn(await ask(control, 'show stat')),
    [Symbol.asyncDispose]: () => stop(haproxy, folder),
  };
}

/** Sends a command to the control socket, once HAProxy has opened it. */
async function ask(control: string, command: string): Promise<string> {
  for (;;) {
    try {
      const socket = net.connect(control).setEncoding('utf8');
      socket.end(`${command}\n`);
      let answer = '';
      for await (const chunk of socket) answer += String(chunk);
      return answer;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ECONNREFUSED') throw error;
      await setImmediate();
    }
  }
}

/** Finds the servers in the answer to `show stat`, a CSV table with a line of titles. */
function serversIn(table: string): ReadonlyMap<string, string> {
  const [titles = [], ...rows] = table.split('\n').map((line) => line.split(','));
  const name = titles.indexOf('svname');
  const status = titles.indexOf('status');
  return new Map(
    rows
      .filter((row) => row.length > 1 && !['FRONTEND', 'BACKEND'].includes(row[name] ?? ''))
      .map((row) => [row[name] ?? '', row[status] ?? '']),
  );
}

async function stop(haproxy: ChildProcess, folder: string): Promise<void> {
  if (haproxy.exitCode === null) {
    const exit = once(haproxy, 'exit');
    haproxy.kill('SIGTERM');
    await exit;
  }
  rmSync(folder, { recursive: true });
}
