import { ControlClient, ControlRequestError, findControlSockets } from '@sockpool/control/client';
import { FailedError, UsageError } from '../cli/exit-codes.ts';
import type { Told } from '../cli/told.ts';
import { placeText } from './event-values.ts';

/** A pool that runs. */
export interface RunningPool {
  readonly name: string;
  readonly pid: number;
  readonly socket: string;
}

/** Lists the pools of this user. One that ends meanwhile, or does not let us in, is left out. */
export async function runningPools(): Promise<RunningPool[]> {
  const sockets = await findControlSockets();
  const asked = await Promise.allSettled(
    sockets.map(async (socket) => {
      const { name, pid } = await new ControlClient({ path: socket, ...tokenOf() }).about();
      return { name, pid, socket };
    }),
  );
  return asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/**
 * Finds the pool that is meant.
 *
 * @param flags `--socket`, `--name`, or neither when only one pool runs
 * @throws {UsageError} when several run and none is named
 * @throws {FailedError} when none runs, or none of that name
 */
export async function target(flags: Told['flags']): Promise<ControlClient> {
  const { socket, name } = flags;
  if (typeof socket === 'string') return new ControlClient({ path: socket, ...tokenOf() });
  const pools = await runningPools();
  const meant = typeof name === 'string' ? pools.filter((pool) => pool.name === name) : pools;
  const [pool, another] = meant;
  if (pool === undefined) {
    const running = [...new Set(pools.map((each) => each.name))].join(', ');
    throw new FailedError(
      typeof name === 'string'
        ? `Cannot find the pool '${name}': it does not run${running === '' ? '' : `; these do: ${running}`}`
        : 'Cannot find a pool: none of this user runs; start one by sockpool serve',
    );
  }
  if (another !== undefined) {
    const list = meant.map((each) => `${each.name} (--socket ${each.socket})`).join(', ');
    const names = new Set(meant.map((each) => each.name)).size;
    const flag = names === meant.length ? '--name or --socket' : '--socket';
    throw new UsageError(`Cannot choose a pool: several run; give ${flag}: ${list}`);
  }
  return new ControlClient({ path: pool.socket, ...tokenOf() });
}

/** A token never stands among the arguments, which every user of the machine may read. */
function tokenOf(): { readonly token?: string } {
  const token = process.env['SOCKPOOL_TOKEN'];
  return token === undefined ? {} : { token };
}

/**
 * Does something, and makes what the pool refuses an error of one line: why, and where in the program.
 *
 * @param work asks the pool
 */
export async function asking<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ControlRequestError)) throw error;
    const { message, location } = error.details;
    const [line = ''] = message.split('\n');
    const at = location === undefined ? '' : ` (${placeText(location)})`;
    if (error.status === 400) throw new UsageError(line + at);
    throw new FailedError(line + at);
  }
}
