import type { MetricFamily } from '../families/metric-family.ts';
import { readFamilies } from '../families/read-families.ts';
import { fromOpenTelemetry, type ResourceMetricsLike } from '../families/from-open-telemetry.ts';

/** A registry of prom-client or @prometheus-io/client, by its shape. */
export interface RegistryLike {
  getMetricsAsJSON(): Promise<unknown>;
}

/** A metric reader of OpenTelemetry's SDK, by its shape. */
export interface MetricReaderLike {
  collect(): Promise<{ readonly resourceMetrics: ResourceMetricsLike }>;
}

type Collect = () => Promise<MetricFamily[]>;

/** Shared by all copies of this package that a program may have installed. */
const KEY = Symbol.for('@sockpool/metrics/exposed');

/**
 * Adds metrics of a program to those of its pool: the pool with the option `metrics` sends them from
 * every worker to its primary, merges them, and keeps what a worker has counted after its end.
 * Outside of a pool, and without that option, nothing reads them.
 *
 * @param source a registry of prom-client 15 or @prometheus-io/client, or a metric reader of
 *   OpenTelemetry's SDK that is read by `collect()`, such as
 *   `new PrometheusExporter({ preventServerStart: true })`
 * @returns takes them away again
 * @throws {TypeError} when it is none of these
 */
export function exposeMetrics(source: RegistryLike | MetricReaderLike): () => void {
  const collect = collectorOf(source);
  exposed().add(collect);
  return () => void exposed().delete(collect);
}

/**
 * Reads everything that is exposed.
 *
 * @param onError hears of a source that fails; the others are read
 */
export async function collectExposed(onError: (error: unknown) => void): Promise<MetricFamily[]> {
  const families = await Promise.all(
    Array.from(exposed(), async (collect) => {
      try {
        return await collect();
      } catch (error) {
        onError(error);
        return [];
      }
    }),
  );
  return families.flat();
}

function collectorOf(source: RegistryLike | MetricReaderLike): Collect {
  if (has(source, 'getMetricsAsJSON')) {
    return async () => readFamilies(await (source as RegistryLike).getMetricsAsJSON());
  }
  if (has(source, 'collect')) {
    return async () =>
      fromOpenTelemetry((await (source as MetricReaderLike).collect()).resourceMetrics);
  }
  throw new TypeError(
    'Cannot expose metrics: what was given has neither getMetricsAsJSON() nor collect(); give a ' +
      'registry of prom-client or a metric reader of OpenTelemetry',
  );
}

function has(source: unknown, method: string): boolean {
  return (
    typeof source === 'object' &&
    source !== null &&
    typeof Reflect.get(source, method) === 'function'
  );
}

function exposed(): Set<Collect> {
  const known = Reflect.get(globalThis, KEY) as Set<Collect> | undefined;
  if (known !== undefined) return known;
  const created = new Set<Collect>();
  Object.defineProperty(globalThis, KEY, { value: created });
  return created;
}
