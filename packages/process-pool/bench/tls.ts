import { benchTls } from '@sockpool/pool-bench/tls-bench';

const moduleUrl = import.meta.resolve('@sockpool/process-pool');
const className = 'ProcessPool';
await benchTls([
  { name: className, moduleUrl },
  {
    name: 'ProcessPool accepting in the primary',
    className,
    options: { accept: 'primary' },
    moduleUrl,
  },
]);
