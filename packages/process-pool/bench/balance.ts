import { benchBalance, benchScaling } from '@sockpool/pool-bench/bench';

const pool = {
  name: 'ProcessPool',
  moduleUrl: import.meta.resolve('@sockpool/process-pool'),
  dispatching: { accept: 'primary' },
};
await benchScaling(pool);
await benchBalance(pool);
