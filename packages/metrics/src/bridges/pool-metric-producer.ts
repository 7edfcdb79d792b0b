import type { MetricFamily } from '../families/metric-family.ts';
import {
  type FamiliesOptions,
  requireMeasuredPool,
  resolveFamiliesOptions,
} from '../snapshot/families-options.ts';
import { writeFamilies } from '../snapshot/pool-families.ts';
import type { MeasuredPool, PoolMetrics } from '../snapshot/pool-metrics.ts';
import { CONVENTIONAL, semanticMetrics, WORKER_ATTRIBUTE } from './semantic-metrics.ts';
import { draftsOf, type HrTime, type MetricData, metricData } from './to-open-telemetry.ts';

/** What is collected, as OpenTelemetry's SDK wants it. */
export interface CollectionResult {
  readonly resourceMetrics: {
    // Of the SDK's own class; the reader that collects fills in its own.
    readonly resource: never;
    readonly scopeMetrics: {
      readonly scope: { readonly name: string; readonly version?: string };
      readonly metrics: never[];
    }[];
  };
  readonly errors: unknown[];
}

const SCOPE = Object.freeze({ name: '@sockpool/metrics' });
const WORKERS_SCOPE = Object.freeze({ name: '@sockpool/metrics/workers' });

/**
 * A `MetricProducer` of OpenTelemetry's SDK with the metrics of a pool: give it to a reader in
 * `metricProducers`. What the semantic conventions name is called by them (`http.server.request.duration`,
 * `nodejs.eventloop.*`, `v8js.*`, `process.*`), the rest `sockpool.*`. What programs of workers expose
 * is in a scope of its own.
 */
export class PoolMetricProducer {
  readonly #pool: MeasuredPool;
  readonly #options: Required<FamiliesOptions>;

  /**
   * @param pool the pool
   * @param options how
   * @throws {TypeError} when `pool` is no pool, or an option is unknown or no boolean
   */
  constructor(pool: MeasuredPool, options: FamiliesOptions = {}) {
    this.#pool = requireMeasuredPool(pool, 'PoolMetricProducer');
    this.#options = resolveFamiliesOptions(options, 'PoolMetricProducer');
  }

  /** Takes a snapshot; waits for no worker. */
  async collect(): Promise<CollectionResult> {
    const metrics = this.#pool.metrics();
    const period = { startTime: hrTime(metrics.startedAtMs), endTime: hrTime(metrics.atMs) };
    const own = [...semanticMetrics(metrics), ...this.#poolDrafts(metrics)];
    const exposed = metrics.families.flatMap((family) =>
      draftsOf(family, family.openTelemetry ?? { name: family.name, unit: '' }),
    );
    const scopes = [
      { scope: SCOPE, metrics: own.map((draft) => metricData(draft, period)) },
      { scope: WORKERS_SCOPE, metrics: exposed.map((draft) => metricData(draft, period)) },
    ].filter((scope) => scope.metrics.length > 0);
    return {
      // The SDK's types want its own classes, and its readers only these fields.
      resourceMetrics: {
        resource: { attributes: {} } as never,
        scopeMetrics: scopes.map(({ scope, metrics: data }) => ({
          scope,
          metrics: data as readonly MetricData[] as never[],
        })),
      },
      errors: [],
    };
  }

  #poolDrafts(metrics: PoolMetrics): ReturnType<typeof draftsOf> {
    const families = writeFamilies({ ...metrics, families: [] }, this.#options);
    return families
      .filter(({ name }) => !CONVENTIONAL.has(name))
      .flatMap((family) => draftsOf(family, ownName(family), { worker: WORKER_ATTRIBUTE }));
  }
}

/** Such as `sockpool.event_loop.delay` in `s`, of `sockpool_event_loop_delay_seconds`. */
function ownName({ name }: MetricFamily): { readonly name: string; readonly unit: string } {
  const plain = name.replace(/_total$/, '');
  const unit = plain.endsWith('_seconds') ? 's' : plain.endsWith('_bytes') ? 'By' : '';
  const short = plain.replace(/_(?:seconds|bytes)$/, '').replace(/^sockpool_/, 'sockpool.');
  return { name: short, unit };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
