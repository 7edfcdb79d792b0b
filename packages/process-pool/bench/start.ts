import { benchStart } from '@sockpool/pool-bench/start-bench';

// node bench/start.ts [WORKERS [ROUNDS]]
const moduleUrl = import.meta.resolve('@sockpool/process-pool');
await benchStart({ name: 'ProcessPool', moduleUrl }, 'fork', process.argv.slice(2));
