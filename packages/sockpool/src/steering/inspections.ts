import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EXIT } from '../cli/exit-codes.ts';
import { integerFlag } from '../cli/integer-flag.ts';
import type { Told } from '../cli/told.ts';
import { print } from './print.ts';
import { asking, target } from './target.ts';

/** `sockpool stack` */
export async function stack({ flags }: Told): Promise<number> {
  const { workerId, nativeId } = workerOf(flags);
  const pool = await target(flags);
  const text = await asking(() => pool.stack(workerId, nativeId));
  print(flags['json'] === true, { workerId, stack: text.split('\n') }, () => text);
  return EXIT.done;
}

/** `sockpool profile` */
export async function profile({ flags }: Told): Promise<number> {
  const { workerId, ...worker } = workerOf(flags);
  const durationMs = integerFlag(flags, 'duration');
  const pool = await target(flags);
  const options = { ...worker, ...(durationMs !== undefined && { durationMs }) };
  const text = await asking(() => pool.profile(workerId, options));
  return save(text, flags, `worker-${workerId}.cpuprofile`);
}

/** `sockpool heap` */
export async function heap({ flags }: Told): Promise<number> {
  const { workerId, ...worker } = workerOf(flags);
  const pool = await target(flags);
  const text = await asking(() => pool.heap(workerId, worker));
  return save(text, flags, `worker-${workerId}.heapsnapshot`);
}

function workerOf(flags: Told['flags']): { readonly workerId: number; readonly nativeId?: number } {
  const nativeId = integerFlag(flags, 'native-id');
  return {
    workerId: integerFlag(flags, 'worker') ?? 0,
    ...(nativeId !== undefined && { nativeId }),
  };
}

async function save(text: Readable, flags: Told['flags'], fileName: string): Promise<number> {
  const { out = fileName } = flags;
  if (out === '-') {
    await pipeline(text, process.stdout, { end: false });
    return EXIT.done;
  }
  // It has what the worker's memory had: for nobody else.
  await pipeline(text, createWriteStream(String(out), { mode: 0o600 }));
  print(flags['json'] === true, { file: out }, () => `Written to ${String(out)}`);
  return EXIT.done;
}
