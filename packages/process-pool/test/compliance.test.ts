import { describePool } from '@sockpool/pool-compliance';
import { ProcessPool } from '@sockpool/process-pool';

describePool({
  name: 'ProcessPool',
  create: (options) => new ProcessPool(options),
  moduleUrl: import.meta.resolve('@sockpool/process-pool'),
  unixSockets: true,
});
