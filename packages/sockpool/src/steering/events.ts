import type { PoolEventName } from '@sockpool/control/client';
import { EXIT } from '../cli/exit-codes.ts';
import type { Told } from '../cli/told.ts';
import { eventValues } from './event-values.ts';
import { asking, target } from './target.ts';

/** `sockpool events`: a line for each, until the pool is closed. */
export async function events({ operands, flags }: Told): Promise<number> {
  const pool = await target(flags);
  await asking(async () => {
    for await (const told of pool.events(operands as readonly PoolEventName[])) {
      const { event, at, data } = told;
      const text =
        flags['json'] === true
          ? JSON.stringify(told)
          : `${at.slice(11, 23)} ${event.padEnd(17)} ${eventValues(data)}`;
      process.stdout.write(`${text}\n`);
    }
  });
  return EXIT.done;
}
