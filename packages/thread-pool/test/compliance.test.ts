import { describePool } from '@sockpool/pool-compliance';
import { ThreadPool } from '@sockpool/thread-pool';

describePool({
  name: 'ThreadPool',
  Pool: ThreadPool,
  moduleUrl: import.meta.resolve('@sockpool/thread-pool'),
  unixSockets: false,
});
