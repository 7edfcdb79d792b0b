import { benchBehindLoadBalancers } from '@sockpool/pool-bench/load-balancers-bench';

const moduleUrl = import.meta.resolve('@sockpool/thread-pool');
await benchBehindLoadBalancers([
  { name: 'ThreadPool', moduleUrl },
  {
    name: 'ThreadPool accepting in the workers',
    className: 'ThreadPool',
    options: { accept: 'worker' },
    moduleUrl,
  },
]);
