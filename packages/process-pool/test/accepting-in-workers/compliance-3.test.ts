import * as haproxy from '@sockpool/haproxy-fixture';
import { describePool } from '@sockpool/pool-compliance';
import { acceptingInWorkers } from '../fixtures/process-pools.ts';

describePool(acceptingInWorkers, { haproxy, shard: '3/3' });
