import type { ComparedFigure } from '../compare-results.ts';

const WANTED_P = 0.05;

function statement(figures: readonly ComparedFigure[], runs: readonly [number, number]): string {
  if (figures.every(({ pValue }) => pValue === null)) {
    return (
      'One run on a side says nothing about chance: the seconds of a run depend on each other. ' +
      'Repeat the runs (--repeat 5) for a statement.'
    );
  }
  const different = figures.filter(({ pValue }) => pValue !== null && pValue < WANTED_P);
  const basis = `${runs[0]} against ${runs[1]} runs, exact permutation test`;
  if (different.length > 0) {
    const names = different.map(({ metric, pValue }) => `${metric} (p = ${pValue?.toFixed(3)})`);
    return `Probably no chance: ${names.join(', ')}; ${basis}, ${figures.length} figures looked at.`;
  }
  const few = Math.min(...runs) < 4 ? ' So few runs can hardly show any difference.' : '';
  return `No difference beyond chance (p < ${WANTED_P}) in any figure; ${basis}.${few}`;
}

function cells(values: readonly string[]): string {
  return values
    .map((value, index) => (index === 0 ? value.padEnd(12) : value.padStart(16)))
    .join('');
}

function formatFigure(value: number, unit: string): string {
  return `${Number(value.toPrecision(5))} ${unit}`.trim();
}

/** Returns a comparison as lines for people, with a statement on whether the differences may be chance. */
export function formatComparison(
  figures: readonly ComparedFigure[],
  runs: readonly [baseline: number, candidate: number],
): string {
  const lines = figures.map(({ metric, unit, baseline, candidate, ratio, pValue }) =>
    cells([
      metric,
      formatFigure(baseline, unit),
      formatFigure(candidate, unit),
      ratio === null ? '-' : `${ratio.toFixed(3)}x`,
      pValue === null ? '-' : pValue.toFixed(3),
    ]),
  );
  return `${[cells(['', 'baseline', 'candidate', 'ratio', 'p']), ...lines, '', statement(figures, runs)].join('\n')}\n`;
}
