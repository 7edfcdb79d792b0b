import { requireOneOf } from '@sockpool/option-checks';
import type { MetricExemplar, MetricFamily, MetricSample } from '../families/metric-family.ts';

/** A format that Prometheus reads. */
export type TextFormat = 'prometheus' | 'openmetrics';

/** The content type of each format. */
export const CONTENT_TYPES: Readonly<Record<TextFormat, string>> = Object.freeze({
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
});

/**
 * Writes metrics as text for Prometheus. Exemplars are written in OpenMetrics only, which the other
 * format does not know.
 *
 * @param families the metrics; of two with one name the first one is written
 * @param format which of the two formats
 * @throws {TypeError} when it is another
 */
export function metricsText(
  families: readonly MetricFamily[],
  format: TextFormat = 'prometheus',
): string {
  requireOneOf('format', format, ['prometheus', 'openmetrics']);
  const lines: string[] = [];
  const written = new Set<string>();
  for (const family of families) {
    const name = familyName(family, format);
    if (written.has(name) || family.values.length === 0) continue;
    written.add(name);
    if (family.help !== '') lines.push(`# HELP ${name} ${escapeHelp(family.help, format)}`);
    lines.push(`# TYPE ${name} ${typeName(family, format)}`);
    for (const sample of family.values) lines.push(sampleLine(family, sample, format));
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** OpenMetrics names the family of a counter without what its series end in. */
function familyName({ name, type }: MetricFamily, format: TextFormat): string {
  return format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
}

function typeName({ type }: MetricFamily, format: TextFormat): string {
  return format === 'openmetrics' && type === 'untyped' ? 'unknown' : type;
}

function sampleLine(family: MetricFamily, sample: MetricSample, format: TextFormat): string {
  const { name, type } = family;
  let ownName = sample.metricName ?? name;
  if (format === 'openmetrics' && type === 'counter' && !ownName.endsWith('_total')) {
    ownName = `${ownName}_total`;
  }
  const line = `${ownName}${labelText(sample.labels, format)} ${numberText(sample.value)}`;
  const mayHaveOne = type === 'counter' || ownName.endsWith('_bucket');
  if (format !== 'openmetrics' || sample.exemplar === undefined || !mayHaveOne) return line;
  return `${line} # ${exemplarText(sample.exemplar)}`;
}

function exemplarText({ labelSet, value, timestamp }: MetricExemplar): string {
  const labels = labelText(labelSet, 'openmetrics') || '{}';
  return `${labels} ${numberText(value)}${timestamp === undefined ? '' : ` ${timestamp}`}`;
}

function labelText(labels: MetricSample['labels'], format: TextFormat): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const isBoundary = name === 'le' || name === 'quantile';
    const text = isBoundary && format === 'openmetrics' ? boundaryText(value) : String(value);
    return `${name}="${escapeLabel(text)}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** OpenMetrics writes boundaries with a decimal point. */
function boundaryText(value: string | number): string {
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

function escapeHelp(text: string, format: TextFormat): string {
  return format === 'openmetrics'
    ? escapeLabel(text)
    : text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  if (!/["\\\n]/.test(text)) return text;
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
