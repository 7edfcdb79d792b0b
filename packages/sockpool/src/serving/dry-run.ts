import { type AutoWorkers, autoWorkers, type AutoWorkersOptions } from '@sockpool/process-pool';
import { usageErrorOf } from '../cli/exit-codes.ts';
import { placesOf } from './program-addresses.ts';
import type { Serving } from '../config/resolve-serving.ts';

/**
 * Prints what would be served, and how, as JSON. Secrets stay unsaid.
 *
 * @param serving flags and configuration
 */
export async function printPlan(serving: Serving): Promise<void> {
  const { workers, tls, env, control, dashboard, config, pool, host: _, ...rest } = serving;
  const auto = workers === 'auto' ? decideWorkers(pool, config) : undefined;
  const plan = {
    ...rest,
    addresses: (await placesOf(serving)).addresses,
    workers: auto?.workers ?? workers,
    workersReason: auto?.reason,
    control: control !== false && withoutToken(control ?? {}),
    dashboard: dashboard !== false && withoutToken(dashboard),
    env: Object.keys(env),
    tls: tls === undefined ? undefined : '(set)',
    config,
    pool,
  };
  process.stdout.write(`${JSON.stringify(plan, undefined, 2)}\n`);
}

function withoutToken(options: { readonly token?: string }): object {
  return { ...options, ...(options.token !== undefined && { token: '(set)' }) };
}

function decideWorkers(
  { expectedWorkerBytes }: AutoWorkersOptions,
  config: string | undefined,
): AutoWorkers {
  try {
    return autoWorkers(expectedWorkerBytes === undefined ? {} : { expectedWorkerBytes });
  } catch (error) {
    throw usageErrorOf(error, config);
  }
}
