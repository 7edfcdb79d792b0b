import { describePool } from '@sockpool/pool-compliance';
import { acceptingInWorkers } from './fixtures/process-pools.ts';

describePool(acceptingInWorkers);
