import { benchMetrics } from '@sockpool/pool-bench/metrics-bench';

const moduleUrl = import.meta.resolve('@sockpool/process-pool');
await benchMetrics([{ name: 'ProcessPool', moduleUrl }]);
