import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const probe = spawnSync('nginx', ['-v'], { encoding: 'utf8' });

/** Says why tests behind nginx are skipped; `undefined` when nginx is present. */
export const withoutNginx: string | undefined =
  probe.status === 0
    ? undefined
    : `nginx cannot be run (Debian: apt-get install nginx-light): ${probe.error?.message ?? probe.stderr}`;

/** A running nginx that passes requests on to pools. */
export interface Nginx extends AsyncDisposable {
  /** The unix-domain socket that it listens on. */
  readonly path: string;
  /** The lines of its error log so far. */
  errors(): Promise<string[]>;
}

/**
 * Starts nginx in front of servers, with connections to them that are kept.
 *
 * @param servers the lines of the `upstream` block
 */
export async function startNginx(servers: string): Promise<Nginx> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sockpool-nginx-'));
  const file = path.join(folder, 'nginx.conf');
  const front = path.join(folder, 'front.sock');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n  ');
  writeFileSync(
    file,
    `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary}
  upstream pools {
    ${servers}
    keepalive 64;
    # Less than the server's idleGraceMs: who closes an idle connection first loses no request on it.
    keepalive_timeout 2s;
  }
  server {
    listen unix:${front};
    location / {
      proxy_pass http://pools;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`,
  );
  const nginx = spawn('nginx', ['-p', folder, '-c', file, '-e', `${folder}/error.log`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(nginx, 'spawn');
  while (!(await accepts(front))) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended with exit code ${nginx.exitCode}`);
    await delay(20);
  }
  return {
    path: front,
    errors: async () =>
      (await readFile(`${folder}/error.log`, 'utf8')).split('\n').filter((line) => line !== ''),
    [Symbol.asyncDispose]: async () => {
      if (nginx.exitCode === null) {
        const exit = once(nginx, 'exit');
        nginx.kill('SIGTERM');
        await exit;
      }
      rmSync(folder, { recursive: true });
    },
  };
}

async function accepts(front: string): Promise<boolean> {
  const socket = net.connect(front);
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
