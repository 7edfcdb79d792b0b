import { benchZeroLoss } from '@sockpool/pool-compliance/zero-loss-bench';

const moduleUrl = import.meta.resolve('@sockpool/thread-pool');
await benchZeroLoss([{ name: 'ThreadPool', moduleUrl }]);
