import { benchBehindLoadBalancers } from '@sockpool/pool-bench/load-balancers-bench';

const moduleUrl = import.meta.resolve('@sockpool/process-pool');
await benchBehindLoadBalancers([
  { name: 'ProcessPool', moduleUrl },
  {
    name: 'ProcessPool accepting in the primary',
    className: 'ProcessPool',
    options: { accept: 'primary' },
    moduleUrl,
  },
]);
