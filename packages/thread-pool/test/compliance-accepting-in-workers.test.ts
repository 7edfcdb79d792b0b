import { describePool } from '@sockpool/pool-compliance';
import { acceptingInWorkers } from './fixtures/thread-pools.ts';

describePool(acceptingInWorkers);
