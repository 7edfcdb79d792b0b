import type { WorkerMeasures } from '@sockpool/metrics/measuring';

/** What came of a worker, field by field still unknown. */
type Fields = Readonly<Partial<Record<string, unknown>>>;

type Check = (value: unknown) => boolean;

const TYPES: ReadonlySet<unknown> = new Set([
  'counter',
  'gauge',
  'histogram',
  'summary',
  'untyped',
]);

const isHistogram = fields({ counts: listOf(isAmount), sum: isAmount });

const isFamily = fields({
  name: isText,
  help: isText,
  type: (type) => TYPES.has(type),
  aggregator: isText,
  values: listOf(fields({ labels: isObject, value: Number.isFinite })),
});

const CHECKS: { readonly [Field in keyof WorkerMeasures]: Check } = {
  bytesRead: isAmount,
  bytesWritten: isAmount,
  connectionDuration: isHistogram,
  tlsHandshakes: isAmount,
  requests: listOf(
    fields({
      method: isText,
      status: isAmount,
      version: isText,
      scheme: isText,
      duration: isHistogram,
    }),
  ),
  activeRequests: Number.isFinite,
  eventLoop: fields({ activeSeconds: isAmount, idleSeconds: isAmount, delay: isHistogram }),
  recentDelay: fields({
    min: isAmount,
    max: isAmount,
    mean: isAmount,
    stddev: isAmount,
    p50: isAmount,
    p90: isAmount,
    p99: isAmount,
  }),
  cpu: fields({ userSeconds: isAmount, systemSeconds: isAmount }),
  gc: listOf(fields({ kind: isText, pause: isHistogram })),
  memory: fields({ heapUsedBytes: isAmount, heapLimitBytes: isAmount, externalBytes: isAmount }),
  heapSpaces: listOf(
    fields({
      name: isText,
      usedBytes: isAmount,
      availableBytes: isAmount,
      physicalBytes: isAmount,
      sizeBytes: isAmount,
    }),
  ),
  families: listOf(isFamily),
};

/**
 * Checks what a worker says that it has measured, whose program may send anything on the same line.
 *
 * @param value anything that survives a structured clone
 * @returns whether the primary can add it up
 */
export const isWorkerMeasures: Check = fields(CHECKS);

function fields(checks: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(checks);
  return (value) => isObject(value) && entries.every(([name, check]) => check(value[name]));
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every((item) => check(item));
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}
