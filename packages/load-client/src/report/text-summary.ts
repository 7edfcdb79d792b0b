import { attemptsNote, ERROR_CLASSES } from '../measure/error-class.ts';
import type { LatencySummary } from '../measure/latency-summary.ts';
import type { SessionResult } from '../session/session-result.ts';
import { errorsOf, type LoadResult } from '../result/load-result.ts';
import { listReasons } from '../result/verdict.ts';
import { describeDifference } from './difference-text.ts';
import { formatTime } from './format-time.ts';
import { sessionEnds, sessionRows } from './session-table.ts';

function latencyLine(name: string, latency: LatencySummary): string {
  const cells = [
    latency.p50Ms,
    latency.p90Ms,
    latency.p99Ms,
    latency.p999Ms,
    latency.maxMs,
    latency.meanMs,
  ].map((ms) => (latency.count === 0 ? '-' : formatTime(ms)).padStart(10));
  return `${name.padEnd(13)}${cells.join('')}`;
}

function connectionsText({ connections }: LoadResult): string {
  const { asked, worked, gaveUp, unopened, reasons } = connections;
  const parts = [`${worked} of ${asked} worked`];
  if (gaveUp > 0) parts.push(`${gaveUp} gave up`);
  if (unopened > 0) parts.push(`${unopened} never opened`);
  const why = gaveUp + unopened === 0 ? '' : ` (${listReasons(reasons)})`;
  return `${parts.join(', ')}${why}`;
}

function sessionLines(sessions: SessionResult): string[] {
  const rows = sessionRows(sessions);
  const width = Math.max(13, ...rows.map(([name = '']) => name.length + 2));
  return [
    `sessions    ${sessionEnds(sessions)}`,
    ...rows.map(
      ([name = '', ...cells]) =>
        `${name.padEnd(width)}${cells.map((cell) => cell.padStart(11)).join('')}`,
    ),
    '',
  ];
}

/** Returns the result of a run as lines for people. */
export function formatSummary(result: LoadResult): string {
  const { requests, latency } = result;
  const seconds = result.durationMs / 1000;
  const lines = [
    ...(result.settings.label === null ? [] : [result.settings.label]),
    `${result.aborted ? 'Stopped: ' : ''}${result.model} model, ${result.settings.connections} connections to ${result.target}, ${seconds.toFixed(2)} s measured`,
    result.modelNote,
    '',
    `requests    ${requests.sent} sent, ${requests.right} right replies, ${requests.failed} failed, ${requests.unanswered} unanswered, ${requests.unsent} unsent${requests.retried === 0 ? '' : `, ${requests.retried} attempts sent again`}`,
    `throughput  ${result.throughput.toFixed(1)} replies/s, ${(result.sentBytes / Math.max(seconds, 1e-9) / 1024).toFixed(1)} KiB/s out, ${(result.receivedBytes / Math.max(seconds, 1e-9) / 1024).toFixed(1)} KiB/s in`,
    `connections ${connectionsText(result)}`,
    `            ${result.opened} opened, ${result.closedWhileIdle} closed by the peer while idle, ${result.closedAsAnnounced} ended as announced`,
    '',
    `${''.padEnd(13)}${['p50', 'p90', 'p99', 'p99.9', 'max', 'mean'].map((name) => name.padStart(10)).join('')}`,
    latencyLine('latency', latency),
    latencyLine('first byte', result.firstByte),
    ...(result.serviceTime === null ? [] : [latencyLine('from sending', result.serviceTime)]),
    ...(result.sendDelay === null ? [] : [latencyLine('sent late by', result.sendDelay)]),
    latencyLine('connect', result.connectTime),
    '',
  ];
  if (result.sessions) lines.push(...sessionLines(result.sessions));
  const errors = ERROR_CLASSES.filter((errorClass) => result.errors[errorClass] > 0);
  lines.push(
    errors.length === 0 && requests.unanswered === 0
      ? 'errors      none'
      : `errors      ${errorsOf(result)}: ${[...errors.map((errorClass) => `${errorClass} ${result.errors[errorClass]}`), ...(requests.unanswered === 0 ? [] : [`unanswered ${requests.unanswered}`])].join(', ')}`,
  );
  if (Object.keys(result.statuses).length > 0) {
    const each = Object.entries(result.statuses).map(([status, count]) => `${status}: ${count}`);
    lines.push(`statuses    ${each.join(', ')}`);
  }
  for (const errorClass of errors) {
    for (const [reason, count] of Object.entries(result.errorReasons[errorClass] ?? {}).slice(
      0,
      3,
    )) {
      lines.push(`  ${errorClass}: ${count} × ${reason}${attemptsNote(errorClass)}`);
    }
  }
  for (const difference of result.differences.slice(0, 3)) {
    lines.push(`  ${difference.errorClass}: ${describeDifference(difference)}`);
  }
  if (result.warmup.requests > 0) {
    lines.push(
      `warm-up     ${result.warmup.requests} requests, ${result.warmup.errors} errors, in no other number`,
    );
  }
  lines.push(`client      ${result.client.verdict}`);
  return `${lines.join('\n')}\n`;
}
