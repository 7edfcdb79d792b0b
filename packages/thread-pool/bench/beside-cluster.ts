import {
  benchBalance,
  benchBesideCluster,
  benchScaling,
  benchWorkers,
} from '@sockpool/pool-bench/bench';

const pool = { name: 'ThreadPool', moduleUrl: import.meta.resolve('@sockpool/thread-pool') };
await benchBesideCluster(
  { ...pool, options: { accept: 'primary' } },
  { ...pool, options: { accept: 'worker' } },
);
await benchScaling(pool);
await benchBalance(pool);
await benchWorkers(pool);
