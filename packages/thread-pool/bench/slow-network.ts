import { benchSlowNetwork } from '@sockpool/pool-bench/slow-network-bench';

const moduleUrl = import.meta.resolve('@sockpool/thread-pool');
await benchSlowNetwork([
  { name: 'ThreadPool', moduleUrl },
  {
    name: 'ThreadPool accepting in the workers',
    className: 'ThreadPool',
    options: { accept: 'worker' },
    moduleUrl,
  },
]);
