import { describeReadme } from '@sockpool/pool-compliance';

describeReadme(
  { name: 'ProcessPool' },
  new URL('../README.md', import.meta.url),
  '@sockpool/process-pool',
);
