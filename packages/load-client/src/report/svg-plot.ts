/** One line of a plot. */
export interface PlotSeries {
  readonly name: string;
  /** Which of the page's colors it has, 1 to 4. */
  readonly color: 1 | 2 | 3 | 4;
  /** The points, with ascending x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a plot shows. */
export interface Plot {
  readonly id: string;
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly PlotSeries[];
  /** Marks on the x axis; without them it is divided evenly. */
  readonly xTicks?: readonly (readonly [x: number, label: string])[];
}

const WIDTH = 860;
const HEIGHT = 320;
const LEFT = 70;
const RIGHT = 20;
const TOP = 44;
const BOTTOM = 54;

/** Escapes text for HTML and SVG. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Returns about five round marks from 0 up to a value. */
function roundTicks(max: number): number[] {
  if (max <= 0) return [0];
  const rough = max / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

/** More points than pixels show nothing more. */
const MAX_POINTS = 800;

/**
 * Returns the points of a line without those that have no value; of neighbors that fall on the
 * same pixel the highest stays, so that no peak gets lost.
 */
export function thinOut(
  points: readonly (readonly [x: number, y: number | undefined])[],
): PlotSeries['points'] {
  const group = Math.ceil(points.length / MAX_POINTS);
  const kept: (readonly [number, number])[] = [];
  for (let start = 0; start < points.length; start += group) {
    let highest: readonly [number, number] | undefined;
    for (const [x, y] of points.slice(start, start + group)) {
      if (y !== undefined && (highest === undefined || y > highest[1])) highest = [x, y];
    }
    if (highest !== undefined) kept.push(highest);
  }
  return kept;
}

/** Returns a line plot as an SVG element, with a tooltip at each of its points when they are few. */
export function renderPlot(plot: Plot): string {
  const points = plot.series.flatMap((series) => series.points);
  // Not by spreading: a histogram may have more points than a call takes arguments.
  const xMax = points.reduce((max, [x]) => Math.max(max, x), 1e-9);
  const xMin = points.reduce((min, [x]) => Math.min(min, x), 0);
  const yMax = points.reduce((max, [, y]) => Math.max(max, y), 1e-9) * 1.05;
  const toX = (x: number): number =>
    LEFT + ((x - xMin) / (xMax - xMin || 1)) * (WIDTH - LEFT - RIGHT);
  const toY = (y: number): number => HEIGHT - BOTTOM - (y / yMax) * (HEIGHT - TOP - BOTTOM);
  const at = (x: number, y: number): string => `${toX(x).toFixed(1)},${toY(y).toFixed(1)}`;
  const xTicks = plot.xTicks ?? roundTicks(xMax).map((x): [number, string] => [x, short(x)]);
  const grid = [
    ...roundTicks(yMax).map(
      (y) =>
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${toY(y).toFixed(1)}" y2="${toY(y).toFixed(1)}" class="grid"/>` +
        `<text x="${LEFT - 8}" y="${(toY(y) + 4).toFixed(1)}" text-anchor="end">${short(y)}</text>`,
    ),
    ...xTicks.map(
      ([x, label], index) =>
        `<text${index % 2 === 1 ? ' class="minor"' : ''} x="${toX(x).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${escapeHtml(label)}</text>`,
    ),
  ];
  const lines = plot.series.map(({ name, color, points: line }) => {
    const dots =
      line.length > 240
        ? []
        : line.map(
            ([x, y]) =>
              `<circle cx="${toX(x).toFixed(1)}" cy="${toY(y).toFixed(1)}" r="2.5" class="fill${color}"><title>${escapeHtml(name)}: ${short(y)}</title></circle>`,
          );
    return `<polyline fill="none" class="line${color}" stroke-width="2" points="${line.map(([x, y]) => at(x, y)).join(' ')}"/>${dots.join('')}`;
  });
  const legend = plot.series.map(
    ({ name, color }, index) =>
      `<rect x="${LEFT + 200 * index}" y="12" width="14" height="14" class="fill${color}"/><text x="${LEFT + 200 * index + 20}" y="24">${escapeHtml(name)}</text>`,
  );
  return (
    `<figure><figcaption>${escapeHtml(plot.title)}</figcaption>` +
    `<svg id="${plot.id}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escapeHtml(plot.title)}">` +
    `${grid.join('')}${lines.join('')}${legend.join('')}` +
    `<text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">${escapeHtml(plot.xLabel)}</text>` +
    `<text x="${WIDTH - RIGHT}" y="24" text-anchor="end">${escapeHtml(plot.yLabel)}</text>` +
    '</svg></figure>'
  );
}

/** One bar: what it is called, and how long it is. */
export interface PlotBar {
  readonly label: string;
  readonly value: number;
}

/** Returns horizontal bars as an HTML list, which any width can show; the longest takes all the room. */
export function renderBars(id: string, title: string, bars: readonly PlotBar[]): string {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const rows = bars.map(
    ({ label, value }) =>
      `<tr><th scope="row">${escapeHtml(label)}</th><td><svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="fill1" width="${((value / most) * 100).toFixed(2)}" height="10"/></svg></td><td>${value}</td></tr>`,
  );
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><table id="${id}" class="bars"><tbody>${rows.join('')}</tbody></table></figure>`;
}
