import type { MetricFamily } from '../families/metric-family.ts';
import { requireMethods } from '@sockpool/option-checks';
import {
  type FamiliesOptions,
  requireMeasuredPool,
  resolveFamiliesOptions,
} from '../snapshot/families-options.ts';
import { writeFamilies } from '../snapshot/pool-families.ts';
import type { MeasuredPool } from '../snapshot/pool-metrics.ts';

/** What a registry is given: a metric whose values are elsewhere. */
interface ForeignMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  get(): Promise<MetricFamily>;
  reset(): void;
}

/** A registry of prom-client 15 or of @prometheus-io/client, by its shape. */
export interface MetricRegistry {
  // Each library types its metrics by its own classes.
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

/**
 * Registers a pool's metrics in a registry of prom-client or of its successor, so that one
 * `registry.metrics()` tells of both. A metric that the registry has already is left as it is. One
 * that comes up later, such as of a worker's program, is in the second scrape that could have it.
 *
 * @param registry the registry
 * @param pool the pool
 * @param options how the metrics are written
 * @returns takes them out again
 * @throws {TypeError} when one is no registry or the other no pool, or an option is unknown or no boolean
 */
export function registerIn(
  registry: MetricRegistry,
  pool: MeasuredPool,
  options: FamiliesOptions = {},
): () => void {
  const methods = ['registerMetric', 'getSingleMetric', 'removeSingleMetric'];
  requireMethods('The registry of registerIn()', registry, methods, 'a Registry of prom-client');
  requireMeasuredPool(pool, 'registerIn()');
  const resolved = resolveFamiliesOptions(options, 'registerIn()');
  const registered = new Map<string, ForeignMetric>();
  const read = (): ReadonlyMap<string, MetricFamily> => {
    const families = writeFamilies(pool.metrics(), resolved);
    for (const family of families) register(family);
    return new Map(families.map((family) => [family.name, family]));
  };
  const shared = new SharedSnapshot(read);
  function register({ name, help, type, aggregator }: MetricFamily): void {
    if (registered.has(name) || registry.getSingleMetric(name) !== undefined) return;
    const metric: ForeignMetric = {
      name,
      help,
      type,
      aggregator,
      get: async () => shared.take().get(name) ?? { name, help, type, aggregator, values: [] },
      reset: () => undefined,
    };
    registered.set(name, metric);
    registry.registerMetric(metric as never);
  }
  read();
  return () => {
    for (const [name, metric] of registered) {
      if (registry.getSingleMetric(name) === metric) registry.removeSingleMetric(name);
    }
    registered.clear();
  };
}

/** One snapshot for all metrics that a scrape asks for in one go. */
class SharedSnapshot {
  readonly #make: () => ReadonlyMap<string, MetricFamily>;
  #taken: ReadonlyMap<string, MetricFamily> | undefined;

  constructor(make: () => ReadonlyMap<string, MetricFamily>) {
    this.#make = make;
  }

  take(): ReadonlyMap<string, MetricFamily> {
    if (this.#taken === undefined) {
      this.#taken = this.#make();
      // Both libraries ask all metrics before they wait for one.
      queueMicrotask(() => {
        this.#taken = undefined;
      });
    }
    return this.#taken;
  }
}
