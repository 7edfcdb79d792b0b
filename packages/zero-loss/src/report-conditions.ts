import type { ConditionOutcome, LoadResult } from '@sockpool/load-client';
import type { ZeroLossReport } from './zero-loss-report.ts';
import { lossLine } from './format-report.ts';

/** Returns what each kind of clients measured with the conditions of the check, for load-client's report formats. */
export function toLoadResults(report: ZeroLossReport): readonly LoadResult[] {
  const { held, newConnections, problems } = report;
  const outcomesOf = (clients: 'held' | 'newConnections'): ConditionOutcome[] => {
    const losses = report.losses.filter((loss) => loss.clients === clients);
    return [
      {
        condition: `nothing lost (${clients})`,
        actual: losses.reduce((sum, { count }) => sum + count, 0),
        met: losses.length === 0,
        implied: false,
        detail: losses.length === 0 ? null : losses.map(lossLine).join('; '),
      },
    ];
  };
  const proof: ConditionOutcome = {
    condition: 'the check is conclusive',
    actual: problems.length,
    met: problems.length === 0,
    implied: false,
    detail: problems.length === 0 ? null : problems.join('; '),
  };
  return [
    { ...held, conditions: [...outcomesOf('held'), proof] },
    ...(newConnections === undefined
      ? []
      : [{ ...newConnections, conditions: outcomesOf('newConnections') }]),
  ];
}
