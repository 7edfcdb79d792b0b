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

  constructor(maxDurationMs: number) {
    super(
      `Cannot finish the check: its disruptions are not over after ${maxDurationMs} ms (option maxDurationMs)`,
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
