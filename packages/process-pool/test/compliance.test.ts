import { describePool } from '@sockpool/pool-compliance';
import { ProcessPool } from '@sockpool/process-pool';

describePool({
  name: 'ProcessPool',
  Pool: ProcessPool,
  moduleUrl: import.meta.resolve('@sockpool/process-pool'),
  workersAccept: true,
  unixSockets: true,
});
