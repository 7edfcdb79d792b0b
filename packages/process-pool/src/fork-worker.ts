import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ChildStdio, withoutSockets } from '@sockpool/pool-core/launch';
import {
  CHANNEL_FD,
  descriptorsOfSockets,
  STACK_PIPE_FD,
  type WorkerSocket,
} from './worker-channel.ts';

const ENTRY = fileURLToPath(new URL('./worker-entry.js', import.meta.url));

/** What a worker process is forked with; what it is to do it is told later. */
export interface WorkerLaunch {
  readonly env: NodeJS.ProcessEnv | undefined;
  readonly execArgv: readonly string[] | undefined;
  readonly cwd: string | undefined;
  /** Whether there is a pipe on which to ask for its stack. */
  readonly stackPipe: boolean;
  /** The sockets to accept on, by their descriptors in this process. */
  readonly sockets: readonly (WorkerSocket & { readonly fd: number })[];
}

/** A worker process that has been told nothing yet. */
export interface ForkedWorker {
  readonly child: ChildProcess;
  /** The inodes of sockets of the primary's program, which it may have inherited. */
  readonly foreignSockets: readonly number[];
}

/**
 * Forks a worker process.
 *
 * @param launch with what
 * @throws {Error} the system's error, such as `EMFILE`
 */
export function forkWorker({ env, execArgv, cwd, ...launch }: WorkerLaunch): ForkedWorker {
  const stdio: ChildStdio = ['inherit', 'inherit', 'inherit'];
  stdio[CHANNEL_FD] = 'ipc';
  stdio[STACK_PIPE_FD] = launch.stackPipe ? 'pipe' : 'ignore';
  for (const [index, descriptors] of descriptorsOfSockets(launch.sockets).entries()) {
    for (const descriptor of descriptors) {
      stdio[descriptor] = launch.sockets[index]?.fd ?? 'ignore';
    }
  }
  const { child, sockets: foreignSockets } = withoutSockets(stdio, (covered) =>
    fork(ENTRY, [], {
      stdio: covered,
      serialization: 'advanced',
      // A process group of its own: signals to the program's are not for a worker, which
      // cannot tell Node so while it starts.
      detached: true,
      ...(env && { env }),
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(cwd !== undefined && { cwd }),
    }),
  );
  return { child, foreignSockets };
}

/**
 * Says how many descriptors more than one a worker has of each socket.
 *
 * @param acceptBurst the option
 * @param maxConnections how many connections it serves at once
 */
export function sparesOf(acceptBurst: number, maxConnections: number): number {
  return Math.min(acceptBurst, maxConnections) - 1;
}
