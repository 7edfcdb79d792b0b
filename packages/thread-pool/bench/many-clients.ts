import {
  benchIdleConnections,
  benchNewcomers,
  benchOverload,
  benchSlowloris,
} from '@sockpool/pool-bench/many-clients-bench';

const moduleUrl = import.meta.resolve('@sockpool/thread-pool');
const className = 'ThreadPool';
const handing = { name: className, options: { accept: 'primary' }, moduleUrl } as const;
const accepting = {
  name: 'ThreadPool accepting in the workers',
  className,
  options: { accept: 'worker' },
  moduleUrl,
} as const;
await benchSlowloris([handing]);
await benchNewcomers([handing]);
await benchIdleConnections([handing, accepting]);
await benchOverload([handing, accepting]);
