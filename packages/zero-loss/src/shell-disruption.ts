import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Disruption } from './disruption.ts';

/** So long after SIGTERM a process group that goes on is killed, in milliseconds. */
const GRACE_MS = 2_000;

/** How often it is looked whether a process group has ended, in milliseconds. */
const LOOK_MS = 20;

/**
 * Makes a disruption of a shell command, such as `pm2 reload app`. It is over when the command has
 * ended; what the command prints goes to standard error.
 *
 * The command is the leader of a process group. When the check ends before it, the whole group gets
 * SIGTERM, and SIGKILL if it goes on for two seconds. What a command that has ended leaves running,
 * such as a server in the background, stays.
 *
 * @param command for `sh -c`
 */
export function shellDisruption(command: string): Disruption {
  return {
    name: command,
    run: async (signal) => {
      const child = spawn(command, { shell: true, detached: true, stdio: ['ignore', 2, 2] });
      const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
      const ended = Promise.withResolvers<string>();
      const end = (): void => {
        if (child.pid !== undefined) endGroup(child.pid).then(ended.resolve, ended.reject);
      };
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      try {
        const [code, killedBy] = await Promise.race([exited, ended.promise.then(() => exited)]);
        if (signal.aborted) throw new Error(await ended.promise);
        if (code === 0) return;
        const how = code === null ? `was ended by ${killedBy}` : `ended with exit code ${code}`;
        throw new Error(`Cannot disturb the server: '${command}' ${how}`);
      } finally {
        signal.removeEventListener('abort', end);
        // One of another user can't be ended, and must not keep this process.
        child.unref();
      }
    },
  };
}

/** Ends every process of a group, and resolves with how. */
async function endGroup(leader: number): Promise<string> {
  const deadlineMs = performance.now() + GRACE_MS;
  tell(leader, 'SIGTERM');
  while (tell(leader, 0)) {
    if (performance.now() > deadlineMs) {
      tell(leader, 'SIGKILL');
      return 'it was killed by SIGKILL, since it went on after SIGTERM';
    }
    await delay(LOOK_MS);
  }
  return 'it was ended by SIGTERM';
}

/** Sends a signal to every process of a group; returns whether there is one. */
function tell(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw new Error(`it cannot be ended: ${(error as Error).message}`, { cause: error });
  }
}
