import { benchBalance, benchScaling } from '@sockpool/pool-bench/bench';

const pool = { name: 'ThreadPool', moduleUrl: import.meta.resolve('@sockpool/thread-pool') };
await benchScaling(pool);
await benchBalance(pool);
