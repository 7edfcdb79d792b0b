import { describePool } from '@sockpool/pool-compliance';
import { acceptingInPrimary } from './fixtures/process-pools.ts';

describePool(acceptingInPrimary);
