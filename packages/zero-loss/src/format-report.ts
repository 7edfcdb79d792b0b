import { attemptsNote, describeDifference, type LatencySummary } from '@sockpool/load-client';
import type { Loss, ZeroLossReport } from './zero-loss-report.ts';

/** Formats a report as a few lines of text. */
export function formatZeroLossReport(report: ZeroLossReport): string {
  const { disruptions, held, latency, losses, newConnections, opened, problems, retried, right } =
    report;
  const longestMs = Math.max(...disruptions.map(({ durationMs }) => durationMs));
  return [
    `${right} requests answered right on ${opened} connections, during ${disruptions.length} disruption${disruptions.length === 1 ? '' : 's'} (${countNames(disruptions)}; the longest took ${longestMs.toFixed(0)} ms)`,
    ...(losses.length === 0 ? [nothingLost(report)] : losses.map(lossLine)),
    ...problems,
    ...targetLine(report.targetErrors),
    ...(retried === 0 ? [] : [`${retried} attempts failed and were sent again`]),
    ...[held, newConnections].flatMap((result) =>
      (result?.differences ?? []).map(describeDifference),
    ),
    latencyLine('latency of held connections', held.latency),
    latencyLine('in the seconds of the disruptions', latency.during),
  ].join('\n');
}

function nothingLost({ right, lossProbabilityBelow }: ZeroLossReport): string {
  if (lossProbabilityBelow === null) return 'nothing lost';
  const oneIn = Math.floor(1 / lossProbabilityBelow);
  return `nothing lost: 0 of ${right}, with 95 % confidence fewer than 1 in ${oneIn}`;
}

/** Formats one loss as a line. */
export function lossLine({ clients, lossClass, count, reasons, seconds }: Loss): string {
  const note = attemptsNote(lossClass);
  const why = Object.entries(reasons).map(([reason, times]) => `${times} × ${reason}${note}`);
  const details = [
    ...why,
    ...(seconds.length === 0 ? [] : [`in second ${seconds.slice(0, 10).join(', ')}`]),
    ...(seconds.length > 10 ? [`and ${seconds.length - 10} more seconds`] : []),
  ];
  const text = details.length === 0 ? '' : `: ${details.join('; ')}`;
  return `lost: ${count} × ${lossClass} (${clients})${text}`;
}

/** What the clients behind a network that takes time see as resets. */
function targetLine(targetErrors: ZeroLossReport['targetErrors']): string[] {
  const counts = Object.entries(targetErrors);
  if (counts.length === 0) return [];
  const why = counts.map(([code, count]) => `${count} × ${code}`);
  return [`behind the network the server did not take every connection: ${why.join(', ')}`];
}

function latencyLine(name: string, { count, p50Ms, p999Ms, maxMs }: LatencySummary): string {
  if (count === 0) return `${name}: no reply`;
  return `${name}: p50 ${p50Ms.toFixed(2)} ms, p99.9 ${p999Ms.toFixed(2)} ms, longest ${maxMs.toFixed(2)} ms`;
}

function countNames(disruptions: readonly { readonly name: string }[]): string {
  const counts = new Map<string, number>();
  for (const { name } of disruptions) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(', ');
}
