import { describePool } from '@sockpool/pool-compliance';
import { acceptingInPrimary } from './fixtures/thread-pools.ts';

describePool(acceptingInPrimary);
