import { benchZeroLoss } from '@sockpool/pool-bench/zero-loss-bench';

const moduleUrl = import.meta.resolve('@sockpool/thread-pool');
await benchZeroLoss([
  { name: 'ThreadPool', moduleUrl },
  {
    name: 'ThreadPool accepting in the workers',
    className: 'ThreadPool',
    options: { accept: 'worker' },
    moduleUrl,
  },
]);
