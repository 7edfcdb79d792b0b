import type { ZeroLossReport } from './zero-loss-report.ts';

/** Formats a report as a few lines of text. */
export function formatZeroLossReport(report: ZeroLossReport): string {
  const { disruptions, held, losses, newConnections, opened, right } = report;
  const longestMs = Math.max(...disruptions.map(({ durationMs }) => durationMs));
  return [
    `${right} requests answered right on ${opened} connections, during ${disruptions.length} disruptions (${countNames(disruptions)}; the longest took ${longestMs.toFixed(0)} ms)`,
    ...(losses.length === 0
      ? ['nothing lost']
      : losses.map(
          ({ clients, lossClass, count }) => `lost: ${count} × ${lossClass} (${clients})`,
        )),
    ...[held, newConnections].flatMap((result) =>
      (result?.differences ?? []).map(
        ({ request, expected, actual, reason }) =>
          `asked '${request}', expected '${expected ?? 'as the framing module judges'}', got '${actual}': ${reason}`,
      ),
    ),
    `latency of held connections: p50 ${held.latency.p50Ms.toFixed(2)} ms, p99.9 ${held.latency.p999Ms.toFixed(2)} ms, longest ${held.latency.maxMs.toFixed(2)} ms`,
  ].join('\n');
}

function countNames(disruptions: readonly { readonly name: string }[]): string {
  const counts = new Map<string, number>();
  for (const { name } of disruptions) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(', ');
}
