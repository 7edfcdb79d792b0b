import type {
  MetricAggregator,
  MetricExemplar,
  MetricFamily,
  MetricSample,
  MetricType,
} from './metric-family.ts';

type Fields = Readonly<Partial<Record<string, unknown>>>;

const TYPES: ReadonlySet<unknown> = new Set<MetricType>([
  'counter',
  'gauge',
  'histogram',
  'summary',
  'untyped',
]);
const AGGREGATORS: ReadonlySet<unknown> = new Set<MetricAggregator>([
  'sum',
  'first',
  'min',
  'max',
  'average',
  'omit',
]);
const NAME = /^[A-Za-z_:][\w:]*$/;

/**
 * Reads what `getMetricsAsJSON()` of a registry gives, into plain data. What is no metric is left
 * out, since it comes from a program that may do anything.
 *
 * @param json anything
 */
export function readFamilies(json: unknown): MetricFamily[] {
  return Array.isArray(json) ? json.flatMap((family: unknown) => readFamily(family)) : [];
}

function readFamily(family: unknown): MetricFamily[] {
  if (!isObject(family)) return [];
  const { name, help, type, aggregator, values } = family;
  if (typeof name !== 'string' || !NAME.test(name) || !Array.isArray(values)) return [];
  return [
    {
      name,
      help: typeof help === 'string' ? help : '',
      type: TYPES.has(type) ? (type as MetricType) : 'untyped',
      aggregator: AGGREGATORS.has(aggregator) ? (aggregator as MetricAggregator) : 'sum',
      values: values.flatMap((sample: unknown) => readSample(sample)),
    },
  ];
}

function readSample(sample: unknown): MetricSample[] {
  if (!isObject(sample)) return [];
  const { metricName, labels, value } = sample;
  // What JSON cannot tell of NaN and infinities is no figure of several workers either.
  if (typeof value !== 'number' || !Number.isFinite(value)) return [];
  const exemplar = readExemplar(sample['exemplar']);
  return [
    {
      ...(typeof metricName === 'string' && NAME.test(metricName) && { metricName }),
      labels: readLabels(labels),
      value,
      ...(exemplar !== undefined && { exemplar }),
    },
  ];
}

function readExemplar(exemplar: unknown): MetricExemplar | undefined {
  if (!isObject(exemplar)) return undefined;
  const { labelSet, value, timestamp } = exemplar;
  if (!isObject(labelSet) || typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return {
    labelSet: readLabels(labelSet),
    value,
    ...(typeof timestamp === 'number' && Number.isFinite(timestamp) && { timestamp }),
  };
}

function readLabels(labels: unknown): Record<string, string | number> {
  const read: Record<string, string | number> = {};
  if (!isObject(labels)) return read;
  for (const [name, value] of Object.entries(labels)) {
    if (!/^[A-Za-z_]\w*$/.test(name)) continue;
    if (value === Infinity) read[name] = '+Inf';
    else if (typeof value === 'number') read[name] = value;
    else if (value !== undefined && value !== null) read[name] = String(value);
  }
  return read;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
