import { expect, it } from 'vitest';
import type { MetricFamily } from '../families/metric-family.ts';
import { someMeasures, someWorker } from '../../test/fixtures/measured-pool.ts';
import { exactSeconds } from '../families/duration-histogram.ts';
import type { WorkerMeasures } from '../measuring/worker-measures.ts';
import { type LedgerWorker, MetricsLedger } from './metrics-ledger.ts';

/** Fractions whose sum depends on the order in which they are added. */
const FRACTIONS = [0.1, 0.2, 0.3, 0.7, 1.1, 2.3];

function worker(fraction: number): { worker: LedgerWorker; measures: WorkerMeasures } {
  const family: MetricFamily = {
    name: 'work_seconds_total',
    help: '',
    type: 'counter',
    aggregator: 'sum',
    values: [{ labels: {}, value: fraction }],
  };
  const measures = someMeasures({
    cpu: { userSeconds: exactSeconds(fraction), systemSeconds: 0 },
    families: [family],
  });
  return { worker: someWorker({ measures }), measures };
}

it('lets no sum of fractions fall, in whatever order workers go', () => {
  for (const order of [FRACTIONS, FRACTIONS.toReversed(), [0.3, 2.3, 0.1, 1.1, 0.7, 0.2]]) {
    const ledger = new MetricsLedger();
    let live = FRACTIONS.map(worker);
    const sums = (): readonly (number | undefined)[] => {
      const workers = live.map((each) => each.worker);
      return [
        ledger.slots(workers, 1, () => ({}))[0]?.sums.measures?.cpu.userSeconds,
        ledger.families(workers)[0]?.values[0]?.value,
      ];
    };
    const before = sums();
    for (const fraction of order) {
      const gone = live.find(({ measures }) => measures.families[0]?.values[0]?.value === fraction);
      if (gone === undefined) throw new Error(`There is no worker of ${fraction}`);
      ledger.departed(0, gone.worker.counts, gone.measures, true);
      live = live.filter((each) => each !== gone);
      expect(sums()).toEqual(before);
    }
  }
});
