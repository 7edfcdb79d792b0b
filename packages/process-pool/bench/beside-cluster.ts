import {
  benchBalance,
  benchBesideCluster,
  benchScaling,
  benchWorkers,
} from '@sockpool/pool-bench/bench';

const pool = {
  name: 'ProcessPool',
  moduleUrl: import.meta.resolve('@sockpool/process-pool'),
  dispatching: { accept: 'primary' },
};
await benchBesideCluster(pool);
await benchScaling(pool);
await benchBalance(pool);
await benchWorkers(pool);
