import { benchTls } from '@sockpool/pool-bench/tls-bench';

const moduleUrl = import.meta.resolve('@sockpool/thread-pool');
const className = 'ThreadPool';
await benchTls([
  { name: className, moduleUrl },
  {
    name: 'ThreadPool accepting in the threads',
    className,
    options: { accept: 'worker' },
    moduleUrl,
  },
]);
