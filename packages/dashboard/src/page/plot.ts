import uPlot from './uplot.js';
import type { Chart, Line } from './charts.ts';
import { element, setText } from './dom.ts';
import { drawMarks } from './marks.ts';
import type { Past } from './past.ts';

/** The part of the past that is shown, in seconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const HEIGHT = 190;
/** What plots are drawn with; names of variables in the style sheet. */
const COLORS = [
  'muted',
  'grid',
  'mark-restart',
  'mark-replaced',
  'mark-crash',
  ...['blue', 'teal', 'orange', 'violet'].flatMap((name) => [name, `${name}-wash`]),
];
const FONT = '11px system-ui, sans-serif';

/** One chart: a drawing for those who see, with what its lines are, and their figures. */
export class Plot {
  /** What stands in the page. */
  readonly element: HTMLElement;
  readonly #chart: Chart;
  readonly #past: Past;
  readonly #place: HTMLElement;
  readonly #figures = new Map<Line, HTMLElement>();
  #plot: uPlot | undefined;
  #span: Span = { from: 0, to: 1 };
  #shown = false;
  #inSight = true;

  /**
   * @param chart what is shown
   * @param past where the figures are
   */
  constructor(chart: Chart, past: Past) {
    this.#chart = chart;
    this.#past = past;
    this.#place = element('div', { class: 'drawing', role: 'img', 'aria-label': labelOf(chart) });
    const legend = element('ul', { class: 'legend' });
    for (const line of chart.lines) {
      const figure = element('b', {}, '–');
      this.#figures.set(line, figure);
      legend.append(element('li', { 'data-color': line.color }, `${line.label} `, figure));
    }
    this.element = element(
      'figure',
      { class: 'chart panel', id: `chart-${chart.id}` },
      element('figcaption', {}, element('h3', {}, chart.title), element('span', {}, chart.unit)),
      legend,
      this.#place,
    );
    new ResizeObserver(() => this.#resize()).observe(this.#place);
    new IntersectionObserver((entries) => {
      this.#inSight = entries.at(-1)?.isIntersecting ?? true;
      if (this.#inSight && this.#shown) this.#draw();
    }).observe(this.#place);
  }

  /** Draws anew, such as in another theme. */
  redraw(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.show(this.#span);
  }

  /**
   * Shows the past as of now.
   *
   * @param span which part of it
   */
  show(span: Span): void {
    this.#span = span;
    this.#shown = true;
    if (this.#inSight) this.#draw();
    if ((this.#plot?.cursor.idx ?? null) === null) this.#showFigures(this.#past.length - 1);
  }

  /** Draws what is in sight; of the rest, only the figures change. */
  #draw(): void {
    const { from, to } = this.#span;
    const data = [
      this.#past.seconds,
      ...this.#chart.lines.map(({ column }) => this.#past.column(column)),
    ] as uPlot.AlignedData;
    if (this.#plot === undefined) this.#plot = new uPlot(this.#options(), data, this.#place);
    else {
      this.#plot.setData(data, false);
      this.#plot.setScale('x', { min: from, max: to });
    }
  }

  #showFigures(index: number): void {
    for (const [line, figure] of this.#figures) {
      setText(figure, line.show(this.#past.column(line.column)[index] ?? null));
    }
  }

  #resize(): void {
    const { clientWidth } = this.#place;
    if (clientWidth > 0) this.#plot?.setSize({ width: clientWidth, height: HEIGHT });
  }

  #options(): uPlot.Options {
    const color = colors();
    const axis = { stroke: color('muted'), font: FONT, ticks: { show: false } };
    const grid = { stroke: color('grid'), width: 1 };
    return {
      width: Math.max(1, this.#place.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      padding: [8, 24, 0, 0],
      cursor: {
        sync: { key: 'sockpool' },
        drag: { x: false, y: false },
        points: { size: 6 },
        y: false,
      },
      scales: {
        x: { range: () => [this.#span.from, this.#span.to] },
        y: { range: (_plot, _min, max) => [0, niceTop(max)] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 64, size: 26, values: timesOf },
        {
          ...axis,
          grid,
          size: 52,
          gap: 4,
          space: 34,
          values: (_plot, values) => values.map(this.#chart.axis),
        },
      ],
      series: [
        {},
        ...this.#chart.lines.map(({ label, color: name, dash, fill = false }) => ({
          label,
          stroke: color(name),
          width: 1.75,
          dash: [...dash],
          points: { show: false },
          ...(fill && { fill: color(`${name}-wash`) }),
        })),
      ],
      hooks: {
        draw: [
          drawMarks(
            () => this.#past.marks,
            (tone) => color(`mark-${tone}`),
          ),
        ],
        setCursor: [({ cursor }) => this.#showFigures(cursor.idx ?? this.#past.length - 1)],
      },
    };
  }
}

function labelOf({ title, lines }: Chart): string {
  const names = lines.map(({ label }) => label).join(', ');
  return `${title} over time: ${names}. The table below the plots has every figure.`;
}

/** The colors of the theme as it is. What a variable comes to, only an element that has it tells. */
function colors(): (name: string) => string {
  const probe = element('span', { hidden: true });
  document.body.append(probe);
  const known = new Map<string, string>();
  const color = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  for (const name of COLORS) known.set(name, color(name));
  probe.remove();
  return (name) => known.get(name) ?? '';
}

/** Room above the highest point; an empty plot has an axis all the same. */
function niceTop(max: number | null): number {
  return max === null || !(max > 0) ? 1 : max * 1.15;
}

const MINUTES = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

function timesOf(_plot: uPlot, values: number[]): string[] {
  const whole = values.every((value) => value % 60 === 0);
  return values.map((value) => (whole ? MINUTES : SECONDS).format(value * 1_000));
}
