import { ERROR_CLASSES, sumErrorCounts } from '../measure/error-class.ts';
import type { LoadProgress } from '../threads/load-progress.ts';
import { formatTime } from './format-time.ts';

/** Where the view is drawn: standard error, as a rule. */
export interface LiveOutput {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const BAR = 30;

function timesLine(name: string, latency: LoadProgress['latency']): string {
  if (latency.count === 0) return `  ${name.padEnd(12)} no reply`;
  return `  ${name.padEnd(12)} p50 ${formatTime(latency.p50Ms).padStart(9)}  p90 ${formatTime(latency.p90Ms).padStart(9)}  p99 ${formatTime(latency.p99Ms).padStart(9)}  max ${formatTime(latency.maxMs).padStart(9)}`;
}

/** The longest line of the histogram, in characters. */
const HISTOGRAM = 40;

function histogramLines(bars: LoadProgress['total']['histogram']): string[] {
  const most = Math.max(...bars.map(({ count }) => count));
  return bars.map(({ toMs, count }) => {
    const length = count === 0 ? 0 : Math.max(1, Math.round((count / most) * HISTOGRAM));
    return `  ${`< ${formatTime(toMs)}`.padStart(12)} ${'#'.repeat(length)} ${count}`;
  });
}

function statusLine(statuses: LoadProgress['total']['statuses']): string[] {
  const each = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
  return each.length === 0 ? [] : [`  ${'statuses'.padEnd(12)} ${each.join(', ')}`];
}

/** Shows the progress of a run: redrawn in place on a terminal, one plain line a second otherwise. */
export class LiveView {
  readonly #output: LiveOutput;
  readonly #plannedSeconds: number | null;
  readonly #plannedRequests: number | null;
  #drawnLines = 0;

  /** Creates a view; the plan draws the progress bar, null where there is no limit. */
  constructor(
    output: LiveOutput,
    plan: { readonly seconds: number | null; readonly requests: number | null },
  ) {
    this.#output = output;
    this.#plannedSeconds = plan.seconds;
    this.#plannedRequests = plan.requests;
  }

  /** Shows one second. */
  update(progress: LoadProgress): void {
    const lines = this.#output.isTTY === true ? this.#frame(progress) : [this.#line(progress)];
    this.clear();
    // A terminal that does not know its width says 0.
    const columns = this.#output.columns || 120;
    this.#output.write(lines.map((line) => `${line.slice(0, columns - 1)}\n`).join(''));
    if (this.#output.isTTY === true) this.#drawnLines = lines.length;
  }

  /** Writes a line that stays. */
  note(text: string): void {
    this.clear();
    this.#output.write(`${text}\n`);
  }

  /** Removes what is drawn on the terminal, so that the summary takes its place. */
  clear(): void {
    if (this.#drawnLines > 0) this.#output.write(`\u001B[${this.#drawnLines}A\u001B[0J`);
    this.#drawnLines = 0;
  }

  #line({ second, sent, right, errors, latency }: LoadProgress): string {
    const times =
      latency.count === 0
        ? ''
        : `, p50 ${formatTime(latency.p50Ms)}, p99 ${formatTime(latency.p99Ms)}, max ${formatTime(latency.maxMs)}`;
    return `${String(second + 1).padStart(4)} s: ${sent} sent, ${right} right, ${errors} errors${times}`;
  }

  #frame(progress: LoadProgress): string[] {
    const { total } = progress;
    const done = Math.max(
      this.#plannedSeconds === null ? 0 : (progress.second + 1) / this.#plannedSeconds,
      this.#plannedRequests === null ? 0 : total.sent / this.#plannedRequests,
    );
    const filled = Math.round(Math.min(1, done) * BAR);
    const errors = ERROR_CLASSES.filter((errorClass) => total.errors[errorClass] > 0).map(
      (errorClass) => `${errorClass} ${total.errors[errorClass]}`,
    );
    return [
      `  [${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${progress.second + 1} s`,
      `  ${'rate'.padEnd(12)} ${progress.sent} sent/s, ${progress.right} right/s, ${total.right} right in all`,
      timesLine('last second', progress.latency),
      timesLine('whole run', total.latency),
      ...histogramLines(total.histogram),
      `  ${'connections'.padEnd(12)} ${progress.connections} open`,
      ...statusLine(total.statuses),
      `  ${'errors'.padEnd(12)} ${sumErrorCounts(total.errors)}${errors.length === 0 ? '' : ` (${errors.join(', ')})`}`,
    ];
  }
}
