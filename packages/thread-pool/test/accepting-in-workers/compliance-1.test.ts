import * as haproxy from '@sockpool/haproxy-fixture';
import { describePool } from '@sockpool/pool-compliance';
import { acceptingInWorkers } from '../fixtures/thread-pools.ts';

describePool(acceptingInWorkers, { haproxy, shard: '1/3' });
