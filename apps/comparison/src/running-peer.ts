import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

export const run: typeof execFile.__promisify__ = promisify(execFile);

/** A server that serves, and what can be done to it. */
export interface RunningPeer {
  readonly port: number;
  /** Exchanges its workers by its own means; resolves when that is over, whether it succeeded or not. */
  restart(): Promise<void>;
  /** Ends one of its workers as a crash would. */
  killWorker(): Promise<void>;
  stop(): Promise<void>;
}

/** Returns a port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  await once(server.close(), 'close');
  return port;
}

/** Gets a path on a connection of its own; undefined when that fails. */
export async function get(port: number, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = http.get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('end', () => resolve(response.statusCode === 200 ? body : undefined));
      response.once('error', () => resolve(undefined));
    });
    request.setTimeout(5_000, () => request.destroy());
    request.once('error', () => resolve(undefined));
  });
}

/** Waits until something is so, for a minute at most. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 50) {
    if (await isSo()) return;
    await delay(50);
  }
  throw new Error(`Waited a minute for ${what}`);
}

/** Returns the processes that a process has started. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

/** Starts a program that serves on a port, and waits until it answers. */
export async function startProgram(
  command: string,
  args: readonly string[],
  { cwd, port }: { readonly cwd: string; readonly port: number },
): Promise<ChildProcess> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, PORT: String(port) },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await until(`${command} to answer`, async () => {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`);
    return (await get(port, '/')) !== undefined;
  });
  return child;
}

/** Ends a program, with SIGKILL when SIGTERM takes too long. */
export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const workers = await childrenOf(child.pid ?? 0);
  const exited = once(child, 'exit');
  child.stdin?.end();
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await exited;
  clearTimeout(timer);
  // What a master leaves behind would go on, and keep this program from ending.
  for (const worker of workers) {
    try {
      process.kill(worker, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Kills the worker that answers next. */
export async function killByPid(port: number): Promise<void> {
  const pid = Number(await get(port, '/pid'));
  if (pid > 0) process.kill(pid, 'SIGKILL');
}

/** A program of ours that restarts when it reads so, and says when it has. */
export async function startCommanded(cwd: string, port: number): Promise<RunningPeer> {
  const child = await startProgram(process.execPath, ['main.mjs'], { cwd, port });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  return {
    port,
    restart: async () => {
      const told = once(lines, 'line');
      child.stdin?.write('restart\n');
      await told;
    },
    killWorker: async () => killByPid(port),
    stop: async () => endProgram(child),
  };
}

/** A master process whose workers are exchanged by a signal, and are its children. */
export async function startMaster(
  command: string,
  args: readonly string[],
  place: { readonly cwd: string; readonly port: number },
  reload: (pid: number) => Promise<void> | void,
): Promise<RunningPeer> {
  const child = await startProgram(command, args, place);
  // What it logs is read, so that it never waits for a reader.
  child.stdout?.resume();
  const pid = child.pid ?? 0;
  return {
    port: place.port,
    restart: async () => {
      const before = await childrenOf(pid);
      await reload(pid);
      // A version that can't start leaves the old workers: that is over after some seconds, too.
      const over = delay(5_000, true);
      let isOver = false;
      void over.then(() => (isOver = true));
      await until('the old workers to leave', async () => {
        const now = await childrenOf(pid);
        return isOver || (now.length > 0 && !before.some((each) => now.includes(each)));
      });
    },
    killWorker: async () => {
      const [worker] = await childrenOf(pid);
      if (worker !== undefined) process.kill(worker, 'SIGKILL');
    },
    stop: async () => endProgram(child),
  };
}
