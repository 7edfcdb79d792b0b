import { benchZeroLoss } from '@sockpool/pool-bench/zero-loss-bench';

const moduleUrl = import.meta.resolve('@sockpool/process-pool');
await benchZeroLoss([
  { name: 'ProcessPool', moduleUrl },
  {
    name: 'ProcessPool accepting in the primary',
    className: 'ProcessPool',
    options: { accept: 'primary' },
    moduleUrl,
  },
]);
