import type { Figure, Results, WorkloadResult } from './results.ts';
import {
  calmest,
  type Compared,
  compareFigure,
  disturbanceOf,
  type Spread,
  spreadOf,
} from './statistics.ts';

/** A client that has this share of a CPU limits what it measures. */
const BUSY_CLIENT = 0.9;

/** Writes a number so that three digits say something. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(Number(value.toPrecision(3)));
  if (size >= 1_000) return Math.round(value).toLocaleString('en');
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** Writes a ratio with its spread, such as `1.15 (1.10..1.21)`. */
export function formatRatio(ratio: Spread | undefined): string {
  if (ratio === undefined) return '-';
  const [median, min, max] = [ratio.median, ratio.min, ratio.max].map((each) => each.toFixed(2));
  return min === max ? `${median}` : `${median} (${min}..${max})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function titleOf({ title, unit }: Figure): string {
  return unit === '' ? title : `${title}, ${unit}`;
}

/** The comparison of a workload's first figure, over the rounds that count. */
export function mainComparison(result: WorkloadResult, rounds: number): Compared[] {
  const [first] = result.figures;
  if (first === undefined) return [];
  return compareFigure(calmest(result.measurements, rounds), first.key, result.baseline);
}

/** The head and the rows of a workload's table. */
export function rowsOf(result: WorkloadResult, rounds: number): string[][] {
  const { figures, baseline, failures } = result;
  const kept = calmest(result.measurements, rounds);
  const [first, ...others] = figures;
  if (first === undefined) return [];
  const head = [
    'server',
    titleOf(first),
    `beside ${baseline}`,
    'beside cluster',
    ...others.map(titleOf),
  ];
  const rows = mainComparison(result, rounds).map(({ peer, value, ratio, besideCluster }) => {
    const own = kept.filter((each) => each.peer === peer);
    const medians = others.map(({ key }) => {
      const values = own.map(({ figures: all }) => all[key] ?? NaN);
      return formatNumber(spreadOf(values)?.median ?? NaN);
    });
    const compared = [peer, formatNumber(value.median), formatRatio(ratio)];
    return compared.concat(formatRatio(besideCluster), medians);
  });
  const failed = [...new Set(failures.map(({ peer }) => peer))].map((peer) => {
    const own = failures.filter((each) => each.peer === peer);
    return [`${peer} failed ${own.length} times`, own.at(-1)?.reason ?? ''];
  });
  return [head, ...rows, ...failed];
}

/** Says where a workload's load came from, and what else the machine did. */
export function circumstancesOf(result: WorkloadResult, rounds: number): string {
  const kept = calmest(result.measurements, rounds);
  const others = spreadOf([...disturbanceOf(kept).values()]);
  if (others === undefined) return 'Nothing was measured.';
  const busiest = Math.max(...kept.map(({ clientLoad }) => clientLoad));
  const limited = [
    ...new Set(kept.filter(({ clientLoad }) => clientLoad >= BUSY_CLIENT).map(({ peer }) => peer)),
  ];
  const load =
    result.client === 'none'
      ? 'No clients.'
      : `Clients: ${result.client}, at most ${percent(busiest)} of one CPU` +
        (limited.length === 0
          ? '.'
          : `, which limited the requests a second of ${limited.join(', ')}.`);
  const rest = `Others had ${percent(others.median)} (${percent(others.min)}..${percent(others.max)}) of the machine`;
  return `${load} ${rest}; ${result.disturbedRounds} disturbed rounds were repeated or, past the limit, kept.`;
}

/** The whole results as tables for a terminal. */
export function formatText(results: Results): string {
  return results.workloads
    .map((workload) => {
      const rows = rowsOf(workload, results.rounds);
      const widths = (rows[0] ?? []).map((_, column) =>
        Math.max(...rows.filter((row) => row.length > 2).map((row) => row[column]?.length ?? 0)),
      );
      const lines = rows.map((row) =>
        row
          .map((cell, column) =>
            column === 0
              ? cell.padEnd(widths[0] ?? 0)
              : cell.padStart(row.length > 2 ? (widths[column] ?? 0) : 0),
          )
          .join('  '),
      );
      return [
        `\n${workload.name}: ${workload.title}`,
        circumstancesOf(workload, results.rounds),
        ...lines,
      ].join('\n');
    })
    .join('\n');
}

/** The whole results as Markdown. */
export function formatMarkdown(results: Results): string {
  const { machine, rounds, isQuick, disturbedAbove, peers } = results;
  const tables = results.workloads.flatMap((workload) => {
    const [head = [], ...rows] = rowsOf(workload, rounds);
    const line = (cells: readonly string[]): string =>
      `| ${head.map((_, column) => (cells[column] ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
    return [
      `\n## ${workload.title}\n`,
      `\`${workload.name}\`. ${circumstancesOf(workload, rounds)}\n`,
      line(head),
      line(head.map((_, column) => (column === 0 ? '---' : '--:'))),
      ...rows.map(line),
    ];
  });
  return [
    '# sockpool beside its peers\n',
    `${machine.cpus} CPUs (${machine.model}), ${machine.system}, Node ${machine.node}, ${results.startedAt.slice(0, 10)}. ` +
      `2 workers, clients on the same machine, ${isQuick ? 'a quick run, which shows no more than that everything works, ' : ''}` +
      `medians of ${rounds} rounds in alternation; a ratio is taken within a round, with its least and greatest. ` +
      `A round is repeated when others have more than ${100 * disturbedAbove} % of the machine.\n`,
    '| server | version | how |',
    '| --- | --- | --- |',
    ...peers.map(({ name, version, note }) => `| ${name} | ${version ?? 'not here'} | ${note} |`),
    ...tables,
    '',
  ].join('\n');
}
