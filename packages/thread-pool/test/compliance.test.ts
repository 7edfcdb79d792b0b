import { describePool } from '@sockpool/pool-compliance';
import { ThreadPool } from '@sockpool/thread-pool';

describePool({
  name: 'ThreadPool',
  create: (options) => new ThreadPool(options),
  moduleUrl: import.meta.resolve('@sockpool/thread-pool'),
  unixSockets: false,
});
