import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/** What a finished run of the command line left. */
export interface FinishedCli {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the command line that goes on. */
export interface RunningCli {
  readonly child: ChildProcess;
  /** Resolves when stdout has a line that matches, to the match. */
  readonly line: (pattern: RegExp) => Promise<RegExpMatchArray>;
  readonly finished: Promise<FinishedCli>;
}

/** Starts the demo's command line; it is killed at the end of the test if it still runs. */
export function startCli(args: readonly string[]): RunningCli {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const watch of watchers) watch();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    stdout,
    stderr,
  }));
  const line: RunningCli['line'] = (pattern) =>
    new Promise((resolve, reject) => {
      const watch = (): void => {
        const match = pattern.exec(stdout);
        if (match === null) return;
        watchers.delete(watch);
        resolve(match);
      };
      watchers.add(watch);
      watch();
      void finished.then(() => reject(new Error(`No line matches ${pattern}: ${stdout}${stderr}`)));
    });
  return { child, line, finished };
}

/** Starts `serve` on a free port, and waits until it is ready. */
export async function startServer(
  args: readonly string[],
  command: 'serve' | 'serve-fastify' = 'serve',
): Promise<RunningCli & { port: number }> {
  const cli = startCli([command, '--port', '0', ...args]);
  const [, port] = await cli.line(/^listening on 127\.0\.0\.1:(\d+)$/m);
  return { ...cli, port: Number(port) };
}

/** Whether python3 can be run here. */
export const hasPython: boolean = spawnSync('python3', ['--version']).status === 0;
