import type { HistoryColumn } from '../wire.ts';
import { compact, count, milliseconds, quantileMs, rate } from './format.ts';

/** One line of a chart. */
export interface Line {
  readonly column: HistoryColumn;
  readonly label: string;
  /** The name of its color in the style sheet, without `--`. */
  readonly color: string;
  readonly dash: readonly number[];
  readonly fill?: boolean;
  readonly show: (value: number | null) => string;
}

/** A chart: what it is called, and its lines. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly axis: (value: number) => string;
  readonly lines: readonly Line[];
}

const perSecond = (value: number | null): string => (value === null ? '–' : rate(value));
const whole = (value: number | null): string => (value === null ? '–' : count(value));

/** The charts, in their order. */
export const CHARTS: readonly Chart[] = Object.freeze([
  {
    id: 'rate',
    title: 'Rate',
    unit: 'a second',
    axis: compact,
    lines: [
      {
        column: 'requestsPerSecond',
        label: 'requests',
        color: 'blue',
        dash: [],
        fill: true,
        show: perSecond,
      },
      {
        column: 'messagesPerSecond',
        label: 'messages',
        color: 'violet',
        dash: [8, 3],
        show: perSecond,
      },
      {
        column: 'connectionsPerSecond',
        label: 'connections',
        color: 'teal',
        dash: [3, 3],
        show: perSecond,
      },
    ],
  },
  {
    id: 'latency',
    title: 'Latency',
    unit: 'of HTTP requests',
    axis: milliseconds,
    lines: [
      { column: 'p99Ms', label: 'p99', color: 'orange', dash: [], fill: true, show: quantileMs },
      { column: 'p90Ms', label: 'p90', color: 'violet', dash: [8, 3], show: quantileMs },
      { column: 'p50Ms', label: 'p50', color: 'blue', dash: [3, 3], show: quantileMs },
      { column: 'meanMs', label: 'mean', color: 'teal', dash: [12, 3, 2, 3], show: milliseconds },
    ],
  },
  {
    id: 'active',
    title: 'Connections',
    unit: 'open and waiting',
    axis: compact,
    lines: [
      {
        column: 'activeConnections',
        label: 'active',
        color: 'teal',
        dash: [],
        fill: true,
        show: whole,
      },
      {
        column: 'waitingConnections',
        label: 'waiting in the queue',
        color: 'orange',
        dash: [8, 3],
        show: whole,
      },
    ],
  },
]);
