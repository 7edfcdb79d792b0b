import { ERROR_CLASSES, sumErrorCounts } from '../measure/error-class.ts';
import { lowestAt } from '../measure/latency-counts.ts';
import { countsOf, type LatencySummary } from '../measure/latency-summary.ts';
import { errorsOf, type LoadResult } from '../result/load-result.ts';
import { listReasons } from '../result/verdict.ts';
import { escapeHtml, renderPlot, thinOut, type PlotSeries } from './svg-plot.ts';
import { formatTime } from './text-summary.ts';
import { toRuns, type ReportedRuns } from './repeated-runs.ts';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 900px; margin: 2em auto; padding: 0 1em; }
figure { margin: 2em 0; } figcaption { font-weight: 600; }
svg { max-width: 100%; height: auto; } svg text { font-size: 12px; fill: currentColor; }
.grid { stroke: currentColor; stroke-opacity: 0.15; }
table { border-collapse: collapse; display: block; overflow-x: auto; max-width: 100%; } td, th { padding: 0.2em 0.9em; text-align: right; border-bottom: 1px solid #8884; }
td:first-child, th:first-child { text-align: left; } code { word-break: break-all; }
.bad { color: #c0262d; font-weight: 600; }
`;

/** Returns the latency by percentile, on the usual axis on which each further nine takes the same room. */
function byPercentile(latency: LatencySummary): PlotSeries['points'] {
  const { indexes, counts, count, maxNs } = countsOf(latency);
  const points: [number, number][] = [];
  let reached = 0;
  for (const [position, index] of indexes.entries()) {
    const x = Math.log10(count / (count - reached));
    reached += counts[position] ?? 0;
    points.push([x, Math.min(lowestAt(index + 1) - 1, maxNs) / 1e6]);
  }
  return points;
}

function percentileTicks(count: number): readonly (readonly [number, string])[] {
  const ticks = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
  return ticks
    .filter((share) => share === 0 || 1 / (1 - share) <= count)
    .map((share) => [-Math.log10(1 - share), `${Number((share * 100).toPrecision(8))} %`]);
}

function row(cells: readonly string[], tag: string): string {
  return `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return `<table><thead>${row(head, 'th')}</thead><tbody>${body.map((cells) => row(cells, 'td')).join('')}</tbody></table>`;
}

function latencyTable(result: LoadResult): string {
  const rows: readonly (readonly [string, LatencySummary | null])[] = [
    ['latency', result.latency],
    ['first byte', result.firstByte],
    ['from sending', result.serviceTime],
    ['sent late by', result.sendDelay],
    ['connect', result.connectTime],
  ];
  return table([
    ['', 'count', 'p50', 'p90', 'p99', 'p99.9', 'max', 'mean'],
    ...rows.flatMap(([name, latency]) =>
      latency === null
        ? []
        : [
            [
              name,
              String(latency.count),
              ...[
                latency.p50Ms,
                latency.p90Ms,
                latency.p99Ms,
                latency.p999Ms,
                latency.maxMs,
                latency.meanMs,
              ].map((ms) => (latency.count === 0 ? '-' : formatTime(ms))),
            ],
          ],
    ),
  ]);
}

function plots(result: LoadResult, idSuffix: string): string {
  const { timeline, latency } = result;
  const overTime = (
    pick: (entry: LoadResult['timeline'][number]) => number | undefined,
  ): PlotSeries['points'] => thinOut(timeline.map((entry) => [entry.second, pick(entry)]));
  const axis = { xLabel: 'second', yLabel: '' };
  return [
    latency.count === 0
      ? '<p>No right reply came, so there is no latency to plot.</p>'
      : renderPlot({
          id: `latency-by-percentile${idSuffix}`,
          title: 'Latency by percentile',
          xLabel: 'percentile',
          yLabel: 'ms',
          xTicks: percentileTicks(latency.count),
          series: [{ name: 'latency', color: '#1f77b4', points: byPercentile(latency) }],
        }),
    renderPlot({
      ...axis,
      id: `rate-over-time${idSuffix}`,
      title: 'Requests and right replies per second',
      series: [
        { name: 'sent', color: '#9467bd', points: overTime((entry) => entry.sent) },
        { name: 'right replies', color: '#2ca02c', points: overTime((entry) => entry.right) },
      ],
    }),
    renderPlot({
      ...axis,
      id: `latency-over-time${idSuffix}`,
      title: 'Latency over time',
      yLabel: 'ms',
      series: [
        { name: 'p50', color: '#1f77b4', points: overTime((entry) => entry.latency?.p50Ms) },
        { name: 'p99', color: '#ff7f0e', points: overTime((entry) => entry.latency?.p99Ms) },
        { name: 'max', color: '#d62728', points: overTime((entry) => entry.latency?.maxMs) },
      ],
    }),
    renderPlot({
      ...axis,
      id: `errors-over-time${idSuffix}`,
      title: 'Errors per second',
      series: [
        {
          name: 'errors',
          color: '#d62728',
          points: overTime((entry) => sumErrorCounts(entry.errors)),
        },
      ],
    }),
  ].join('\n');
}

function conditionsTable({ conditions = [] }: LoadResult): string {
  if (conditions.length === 0) return '';
  const rows = conditions.map(({ condition, actual, met, detail }) => [
    met ? 'met' : 'BROKEN',
    condition,
    actual === null ? 'no reply' : String(Number(actual.toPrecision(4))),
    detail ?? '',
  ]);
  return `<h3>Conditions</h3>\n${table([['outcome', 'condition', 'is', 'why'], ...rows])}`;
}

function errorsTable(result: LoadResult): string {
  const { unanswered } = result.requests;
  const rows = ERROR_CLASSES.filter((name) => result.errors[name] > 0).map((name) => [
    name,
    String(result.errors[name]),
    listReasons(result.errorReasons[name] ?? {}),
  ]);
  if (unanswered > 0) rows.push(['unanswered', String(unanswered), 'no reply when the run ended']);
  const { asked, worked, gaveUp, unopened, reasons } = result.connections;
  const failed =
    gaveUp + unopened === 0
      ? ''
      : `, ${gaveUp} gave up, ${unopened} never opened (${listReasons(reasons)})`;
  return [
    rows.length === 0 ? '<p>None.</p>' : table([['class', 'count', 'reasons'], ...rows]),
    `<p>${worked} of ${asked} connections worked${escapeHtml(failed)}; ${result.opened} were opened, those opened again included.</p>`,
  ].join('\n');
}

function section(result: LoadResult, heading: string, idSuffix: string): string {
  const { requests } = result;
  const differences = result.differences.map(
    ({ errorClass, request, expected, actual, reason }) => [
      errorClass,
      request,
      expected ?? '',
      actual,
      reason,
    ],
  );
  return `<section>
${heading}<p>${escapeHtml(result.modelNote)}</p>
<p>${new Date(result.startedAtMs).toISOString()}, ${(result.durationMs / 1000).toFixed(2)} s measured, ${result.settings.connections} connections, ${result.settings.threads} threads, pipeline ${result.settings.pipeline}${result.machines > 1 ? `, ${result.machines} machines` : ''}${result.aborted ? ', <span class="bad">stopped before its end</span>' : ''}</p>
<p${result.client.saturated ? ' class="bad"' : ''}>${escapeHtml(result.client.verdict)}</p>
${table([
  ['sent', 'right', 'failed', 'unanswered', 'unsent', 'replies/s'],
  [
    String(requests.sent),
    String(requests.right),
    String(requests.failed),
    String(requests.unanswered),
    String(requests.unsent),
    result.throughput.toFixed(1),
  ],
])}
${conditionsTable(result)}
<h3>Times</h3>
${latencyTable(result)}
${plots(result, idSuffix)}
<h3>Errors</h3>
${errorsTable(result)}
${differences.length === 0 ? '' : `<h4>Wrong replies</h4>${table([['class', 'request', 'expected', 'actual', 'reason'], ...differences])}`}
<h3>Settings</h3>
<p><code>${escapeHtml(JSON.stringify(result.settings))}</code></p>
</section>`;
}

/** Puts the figures of repeated runs side by side. */
function runsTable(runs: readonly LoadResult[]): string {
  return table([
    ['run', 'right', 'errors', 'unsent', 'replies/s', 'p50', 'p99', 'max'],
    ...runs.map((result, index) => [
      String(index + 1),
      String(result.requests.right),
      String(errorsOf(result)),
      String(result.requests.unsent),
      result.throughput.toFixed(1),
      ...[result.latency.p50Ms, result.latency.p99Ms, result.latency.maxMs].map((ms) =>
        result.latency.count === 0 ? '-' : formatTime(ms),
      ),
    ]),
  ]);
}

/**
 * Returns the report as one HTML page, which loads nothing and runs no script: for one run, or for
 * repeated runs with their figures side by side and a section for each.
 */
export function formatHtmlReport(results: ReportedRuns): string {
  const runs = toRuns(results);
  const target = escapeHtml([...new Set(runs.map((result) => result.target))].join(', '));
  const [only] = runs;
  const body =
    runs.length === 1 && only !== undefined
      ? section(only, '', '')
      : [
          runsTable(runs),
          ...runs.map((result, index) =>
            section(result, `<h2>Run ${index + 1}</h2>\n`, `-${index + 1}`),
          ),
        ].join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Load on ${target}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<h1>Load on ${target}</h1>
${body}
</body>
</html>
`;
}
