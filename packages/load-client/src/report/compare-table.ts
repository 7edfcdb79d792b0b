import type { ComparedFigure } from '../result/compare-results.ts';

const WANTED_P = 0.05;

function statement(figures: readonly ComparedFigure[], runs: readonly [number, number]): string {
  if (figures.every(({ pValue }) => pValue === null)) {
    return (
      'One run on a side says nothing about chance: the seconds of a run depend on each other. ' +
      'Repeat the runs (--repeat 5) for a statement.'
    );
  }
  const different = figures.filter(
    ({ adjustedPValue }) => adjustedPValue !== null && adjustedPValue < WANTED_P,
  );
  const basis =
    `${runs[0]} against ${runs[1]} runs, exact permutation test, adjusted for the ` +
    `${figures.length} figures looked at`;
  if (different.length > 0) {
    const names = different.map(
      ({ metric, adjustedPValue }) => `${metric} (p = ${adjustedPValue?.toFixed(3)})`,
    );
    return `Beyond chance at the 5 % level: ${names.join(', ')}; ${basis}. This holds if the runs were alternated.`;
  }
  if (smallestP(runs) >= WANTED_P) {
    return `Too few runs: ${runs[0]} against ${runs[1]} can't show a difference at the 5 % level. Make 4 or more on each side (--repeat 5).`;
  }
  return `No difference beyond chance at the 5 % level in any figure, which is no proof that there is none; ${basis}.`;
}

/** Returns the smallest p-value that so many runs can give: the two most extreme divisions of all. */
function smallestP([before, after]: readonly [number, number]): number {
  let divisions = 1;
  for (let index = 1; index <= before; index += 1) divisions *= (after + index) / index;
  return (before === after ? 2 : 1) / divisions;
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
  const lines = figures.map(
    ({ metric, unit, baseline, candidate, ratio, pValue, adjustedPValue }) =>
      cells([
        metric,
        formatFigure(baseline, unit),
        formatFigure(candidate, unit),
        ratio === null ? '-' : `${ratio.toFixed(3)}x`,
        pValue === null ? '-' : pValue.toFixed(3),
        adjustedPValue === null ? '-' : adjustedPValue.toFixed(3),
      ]),
  );
  return `${[cells(['', 'baseline', 'candidate', 'ratio', 'p', 'adjusted p']), ...lines, '', statement(figures, runs)].join('\n')}\n`;
}
