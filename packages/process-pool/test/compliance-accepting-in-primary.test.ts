import { describePool } from '@sockpool/pool-compliance';
import { ProcessPool } from '@sockpool/process-pool';

describePool({
  name: 'ProcessPool accepting in the primary',
  Pool: ProcessPool,
  options: { accept: 'primary' },
  moduleUrl: import.meta.resolve('@sockpool/process-pool'),
  unixSockets: true,
});
