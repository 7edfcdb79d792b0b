import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Disruption } from './disruption.ts';

/**
 * Makes a disruption of a shell command, such as `pm2 reload app`. It is over when the command has
 * ended; what the command prints goes to standard error.
 *
 * @param command for `sh -c`
 * @param signal ends a command that still runs
 */
export function shellDisruption(command: string, signal?: AbortSignal): Disruption {
  return {
    name: command,
    run: async () => {
      const child = spawn(command, {
        shell: true,
        stdio: ['ignore', 2, 2],
        ...(signal === undefined ? {} : { signal }),
      });
      const [code, killedBy] = (await once(child, 'exit')) as [number | null, string | null];
      if (code === 0) return;
      const how = code === null ? `was ended by ${killedBy}` : `ended with exit code ${code}`;
      throw new Error(`Cannot disturb the server: '${command}' ${how}`);
    },
  };
}
