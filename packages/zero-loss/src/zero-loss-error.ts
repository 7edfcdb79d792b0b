import { formatZeroLossReport } from './format-report.ts';
import type { ZeroLossReport } from './zero-loss-report.ts';

/** Clients lost requests. */
export class ZeroLossError extends Error {
  override readonly name = 'ZeroLossError';
  readonly code = 'ERR_ZERO_LOSS';
  /** What the check saw. */
  readonly report: ZeroLossReport;

  constructor(report: ZeroLossReport) {
    super(`Clients lost requests\n${formatZeroLossReport(report)}`);
    this.report = report;
  }
}

/** The disruptions took longer than the check may. */
export class ZeroLossTimeoutError extends Error {
  override readonly name = 'ZeroLossTimeoutError';
  readonly code = 'ERR_ZERO_LOSS_TIMEOUT';

  /** What the clients saw until then. */
  report: ZeroLossReport | undefined;

  /** Names the disruption that took too long, and how it ended when it was told to. */
  constructor(name: string, maxDurationMs: number, ending: Error | undefined) {
    const how = ending === undefined ? 'it ended when it was told to' : ending.message;
    super(
      `Cannot finish the check: '${name}' was not over after ${maxDurationMs} ms (maxDurationMs, --max-duration); ${how}`,
      { cause: ending },
    );
  }
}

/**
 * Throws when a check saw a loss; for tests.
 *
 * @throws {ZeroLossError} with the report in its message
 */
export function assertZeroLoss(report: ZeroLossReport): void {
  if (!report.ok) throw new ZeroLossError(report);
}
