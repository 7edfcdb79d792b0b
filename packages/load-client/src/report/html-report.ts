import { ERROR_CLASSES, sumErrorCounts } from '../measure/error-class.ts';
import { lowestAt } from '../measure/latency-counts.ts';
import { histogramOf } from '../measure/latency-histogram.ts';
import { countsOf, type LatencySummary } from '../measure/latency-summary.ts';
import { errorsOf, type LoadResult } from '../result/load-result.ts';
import { listReasons } from '../result/verdict.ts';
import { RateSchedule } from '../model/rate-schedule.ts';
import { escapeHtml, renderBars, renderPlot, thinOut, type PlotSeries } from './svg-plot.ts';
import { formatTime } from './format-time.ts';
import { sessionEnds, sessionRows } from './session-table.ts';
import { toRuns, type ReportedRuns } from './repeated-runs.ts';

/** Colors have a contrast of 4.5 as text, and of 3 as lines, on both backgrounds (WCAG 2.2, AA). */
const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --bad: #b3151d; --edge: #6b7280; --c1: #1f6fb4; --c2: #b45309; --c3: #b3151d; --c4: #15803d; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e8eaed; --bad: #ff8a80; --edge: #8b939e; --c1: #6db3f2; --c2: #f0a04b; --c3: #ff8a80; --c4: #5fd38d; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 900px; margin: 2em auto; padding: 0 1em; background: var(--paper); color: var(--ink); overflow-wrap: anywhere; }
figure { margin: 2em 0; } figcaption { font-weight: 600; }
svg { max-width: 100%; height: auto; } svg text { font-size: 13px; fill: var(--ink); }
.grid { stroke: var(--ink); stroke-opacity: 0.15; }
.line1 { stroke: var(--c1); } .line2 { stroke: var(--c2); } .line3 { stroke: var(--c3); } .line4 { stroke: var(--c4); }
.fill1 { fill: var(--c1); } .fill2 { fill: var(--c2); } .fill3 { fill: var(--c3); } .fill4 { fill: var(--c4); }
.wide { overflow-x: auto; } .wide:focus-visible { outline: 2px solid var(--c1); }
table { border-collapse: collapse; } td, th { padding: 0.2em 0.9em; text-align: right; border-bottom: 1px solid var(--edge); white-space: nowrap; }
td:first-child, th:first-child { text-align: left; } td.text { white-space: normal; text-align: left; min-width: 12em; }
.bars { width: 100%; } .bars td:nth-child(2) { width: 70%; padding: 0; } .bar { display: block; width: 100%; height: 1em; }
.bad { color: var(--bad); font-weight: 600; }
@media (max-width: 600px) { svg text { font-size: 26px; } svg .minor { display: none; } .bars td:nth-child(2) { width: 45%; } .bars td, .bars th { padding: 0.2em 0.3em; } }
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

/** A cell with more than a figure or a word, which may take several lines. */
const isText = (cell: string): boolean => cell.length > 30;

function row(cells: readonly string[], tag: 'th' | 'td'): string {
  const scope = tag === 'th' ? ' scope="col"' : '';
  return `<tr>${cells.map((cell) => `<${tag}${scope}${isText(cell) ? ' class="text"' : ''}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
}

/** A table, which scrolls by itself where the page is too narrow for it, by keyboard too. */
function table(name: string, rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return `<div class="wide" role="group" aria-label="${escapeHtml(name)}" tabindex="0"><table><thead>${row(head, 'th')}</thead><tbody>${body.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`;
}

function latencyTable(result: LoadResult): string {
  const rows: readonly (readonly [string, LatencySummary | null])[] = [
    ['latency', result.latency],
    ['first byte', result.firstByte],
    ['from sending', result.serviceTime],
    ['sent late by', result.sendDelay],
    ['connect', result.connectTime],
  ];
  return table('Times', [
    ['time', 'count', 'p50', 'p90', 'p99', 'p99.9', 'max', 'mean'],
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

/** The schedule of an open run, second by second, on the same axis as what was sent. */
function offered({ settings, timeline }: LoadResult): PlotSeries[] {
  if (settings.schedule === null) return [];
  const schedule = scheduleOf(settings.schedule);
  const points = timeline.map(
    ({ second }) => [second, schedule.rateAt(settings.warmupMs + second * 1000 + 500)] as const,
  );
  return [{ name: 'offered', color: 2, points: thinOut(points) }];
}

function scheduleOf(stages: NonNullable<LoadResult['settings']['schedule']>): RateSchedule {
  return new RateSchedule(
    stages.map((stage) => ({
      ...stage,
      durationMs: stage.durationMs ?? Number.POSITIVE_INFINITY,
    })),
  );
}

/** Says what load was asked for. */
function offeredText({ settings }: LoadResult): string {
  const { schedule, connections, pipeline, thinkMs, arrivals } = settings;
  if (schedule === null) {
    const thinks =
      thinkMs === null ? 'as fast as replies come' : `with think times (${thinkMs.distribution})`;
    const several = pipeline === 1 ? '' : `, ${pipeline} requests in flight each`;
    return `Offered: ${connections} connections${several}, ${thinks}.`;
  }
  const rates = schedule
    .filter(({ durationMs }) => durationMs !== 0)
    .map(({ durationMs, rate, toRate }) => {
      const range = rate === toRate ? `${rate}/s` : `${rate}/s to ${toRate}/s`;
      return durationMs === null ? range : `${range} for ${durationMs / 1000} s`;
    });
  return `Offered: ${rates.join(', then ')} (${arrivals ?? 'constant'} arrivals) on ${connections} connections.`;
}

function statusesTable({ statuses }: LoadResult): string {
  const rows = Object.entries(statuses).map(([status, count]) => [status, String(count)]);
  if (rows.length === 0) return '';
  return `<h2>Status codes</h2>\n${table('Status codes', [['status', 'replies'], ...rows])}`;
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
          series: [{ name: 'latency', color: 1, points: byPercentile(latency) }],
        }),
    latency.count === 0
      ? ''
      : renderBars(
          `latency-histogram${idSuffix}`,
          'Replies by latency',
          histogramOf(countsOf(latency)).map(({ fromMs, toMs, count }) => ({
            label: `${fromMs === 0 ? '0' : formatTime(fromMs)} to ${formatTime(toMs)}`,
            value: count,
          })),
        ),
    renderPlot({
      ...axis,
      id: `rate-over-time${idSuffix}`,
      title: 'Requests offered and sent, and right replies, per second',
      series: [
        ...offered(result),
        { name: 'sent', color: 1, points: overTime((entry) => entry.sent) },
        { name: 'right replies', color: 4, points: overTime((entry) => entry.right) },
      ],
    }),
    renderPlot({
      ...axis,
      id: `latency-over-time${idSuffix}`,
      title: 'Latency over time',
      yLabel: 'ms',
      series: [
        { name: 'p50', color: 1, points: overTime((entry) => entry.latency?.p50Ms) },
        { name: 'p99', color: 2, points: overTime((entry) => entry.latency?.p99Ms) },
        { name: 'max', color: 3, points: overTime((entry) => entry.latency?.maxMs) },
      ],
    }),
    renderPlot({
      ...axis,
      id: `errors-over-time${idSuffix}`,
      title: 'Errors per second',
      series: [
        {
          name: 'errors',
          color: 3,
          points: overTime((entry) => sumErrorCounts(entry.errors)),
        },
      ],
    }),
    renderPlot({
      ...axis,
      id: `connections-over-time${idSuffix}`,
      title: 'Connections open, and opened per second',
      series: [
        { name: 'open', color: 1, points: overTime((entry) => entry.connections) },
        { name: 'opened', color: 2, points: overTime((entry) => entry.opened) },
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
  return `<h2>Conditions</h2>\n${table('Conditions', [['outcome', 'condition', 'is', 'why'], ...rows])}`;
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
    rows.length === 0 ? '<p>None.</p>' : table('Errors', [['class', 'count', 'reasons'], ...rows]),
    `<p>${worked} of ${asked} connections worked${escapeHtml(failed)}; ${result.opened} were opened, those opened again included.</p>`,
  ].join('\n');
}

function sessionsSection({ sessions }: LoadResult): string {
  if (!sessions) return '';
  return `<h2>Sessions</h2>\n<p>${sessionEnds(sessions)}.</p>\n${table('Steps', sessionRows(sessions))}`;
}

/** The label of a run, behind its heading. */
function nameOf({ settings }: LoadResult): string {
  return settings.label === null ? '' : `: ${escapeHtml(settings.label)}`;
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
<p>${escapeHtml(offeredText(result))}</p>
${table('Requests', [
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
${sessionsSection(result)}
<h2>Times</h2>
${latencyTable(result)}
${plots(result, idSuffix)}
${statusesTable(result)}
<h2>Errors</h2>
${errorsTable(result)}
${differences.length === 0 ? '' : `<h3>Wrong replies</h3>${table('Wrong replies', [['class', 'request', 'expected', 'actual', 'reason'], ...differences])}`}
<h2>Settings</h2>
<p><code>${escapeHtml(JSON.stringify(result.settings))}</code></p>
</section>`;
}

/** Puts the figures of repeated runs side by side. */
function runsTable(runs: readonly LoadResult[]): string {
  return table('Runs', [
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
  const labels = new Set(runs.map(nameOf));
  const [label = ''] = labels;
  const name = labels.size === 1 ? label : '';
  const body =
    runs.length === 1 && only !== undefined
      ? section(only, '', '')
      : [
          runsTable(runs),
          ...runs.map((result, index) =>
            section(result, `<h2>Run ${index + 1}${nameOf(result)}</h2>\n`, `-${index + 1}`),
          ),
        ].join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Load on ${target}${name}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Load on ${target}${name}</h1>
${body}
</main>
</body>
</html>
`;
}
