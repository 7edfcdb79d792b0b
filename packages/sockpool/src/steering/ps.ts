import { EXIT } from '../cli/exit-codes.ts';
import type { Told } from '../cli/told.ts';
import { print, table } from './print.ts';
import { runningPools } from './target.ts';

/** `sockpool ps` */
export async function ps({ flags }: Told): Promise<number> {
  const pools = await runningPools();
  print(flags['json'] === true, { pools }, () =>
    table(
      ['NAME', 'PID', 'SOCKET'],
      pools.map(({ name, pid, socket }) => [name, pid, socket]),
    ),
  );
  return EXIT.done;
}
