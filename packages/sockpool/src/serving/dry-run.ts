import { availableParallelism } from 'node:os';
import { addressOf } from './program-address.ts';
import type { Serving } from '../config/resolve-serving.ts';

/**
 * Prints what would be served, and how, as JSON. Secrets stay unsaid.
 *
 * @param serving flags and configuration
 */
export async function printPlan(serving: Serving): Promise<void> {
  const { workers, tls, env, control, config, pool, ...rest } = serving;
  const plan = {
    ...rest,
    ...(await addressOf(serving)),
    workers: workers === 'auto' ? availableParallelism() : workers,
    control: control === false ? false : { ...control, ...(control?.token && { token: '(set)' }) },
    env: Object.keys(env),
    tls: tls === undefined ? undefined : '(set)',
    config,
    pool,
  };
  process.stdout.write(`${JSON.stringify(plan, undefined, 2)}\n`);
}
