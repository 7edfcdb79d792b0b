import { describePool } from '@sockpool/pool-compliance';
import { ThreadPool } from '@sockpool/thread-pool';

describePool({
  name: 'ThreadPool accepting in the workers',
  Pool: ThreadPool,
  options: { accept: 'worker' },
  moduleUrl: import.meta.resolve('@sockpool/thread-pool'),
  workersAccept: true,
  unixSockets: false,
});
