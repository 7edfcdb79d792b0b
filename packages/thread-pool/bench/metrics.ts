import { benchMetrics } from '@sockpool/pool-bench/metrics-bench';

const moduleUrl = import.meta.resolve('@sockpool/thread-pool');
await benchMetrics([{ name: 'ThreadPool', moduleUrl }]);
