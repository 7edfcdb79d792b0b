import type { ListenOptions } from '@sockpool/process-pool';
import type { Serving } from '../config/resolve-serving.ts';
import { START_FOLDER } from '../config/start-folder.ts';
import { OUTPUT_MODULE, OUTPUT_VARIABLE, type OutputSettings } from '../output/worker-output.ts';
import type { Places } from './program-addresses.ts';
import { programEnvironment } from './program-environment.ts';

/** What workers are started with. */
export interface WorkerLaunch {
  readonly env: NodeJS.ProcessEnv;
  readonly execArgv: readonly string[];
  /** Of processes; undefined for the command's own. */
  readonly cwd: string | undefined;
  readonly listen: readonly ListenOptions[];
}

/**
 * Says what workers are started with.
 *
 * @param serving flags and configuration
 * @param places where they listen
 * @param takesOutput whether what programs print becomes entries, with time and worker
 */
export function workerLaunch(
  { threads, log, env, pool, listen }: Serving,
  { addresses }: Places,
  takesOutput: boolean,
): WorkerLaunch {
  const { execArgv = process.execArgv, cwd } = pool as {
    readonly execArgv?: readonly string[];
    readonly cwd?: string;
  };
  const port = addresses.find((address) => address.port !== undefined)?.port;
  const output = (): OutputSettings => ({
    format: log,
    colors: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
  });
  // Of a link to the release that is served, each new process takes the newest.
  const folder = threads || START_FOLDER === process.cwd() ? undefined : START_FOLDER;
  return {
    env: {
      ...programEnvironment(),
      ...(port !== undefined && { PORT: String(port) }),
      ...env,
      ...(takesOutput && { [OUTPUT_VARIABLE]: JSON.stringify(output()) }),
    },
    execArgv: [...execArgv, ...(takesOutput ? ['--import', OUTPUT_MODULE] : [])],
    cwd: cwd ?? folder,
    listen: addresses.map((address) => ({ ...listen, ...address })),
  };
}
