import {
  benchIdleConnections,
  benchNewcomers,
  benchOverload,
  benchSlowloris,
} from '@sockpool/pool-bench/many-clients-bench';

const moduleUrl = import.meta.resolve('@sockpool/process-pool');
const className = 'ProcessPool';
const accepting = { name: className, options: { accept: 'worker' }, moduleUrl } as const;
const handing = {
  name: 'ProcessPool accepting in the primary',
  className,
  options: { accept: 'primary' },
  moduleUrl,
} as const;
await benchSlowloris([accepting]);
await benchNewcomers([accepting]);
await benchIdleConnections([accepting, handing]);
await benchOverload([accepting, handing]);
