import { benchStart } from '@sockpool/pool-bench/start-bench';

// node bench/start.ts [WORKERS [ROUNDS]]
const moduleUrl = import.meta.resolve('@sockpool/thread-pool');
await benchStart({ name: 'ThreadPool', moduleUrl }, 'thread', process.argv.slice(2));
