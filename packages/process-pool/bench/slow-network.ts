import { benchSlowNetwork } from '@sockpool/pool-bench/slow-network-bench';

const moduleUrl = import.meta.resolve('@sockpool/process-pool');
await benchSlowNetwork([
  { name: 'ProcessPool', moduleUrl },
  {
    name: 'ProcessPool accepting in the primary',
    className: 'ProcessPool',
    options: { accept: 'primary' },
    moduleUrl,
  },
]);
