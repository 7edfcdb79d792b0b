import * as haproxy from '@sockpool/haproxy-fixture';
import { describePool } from '@sockpool/pool-compliance';
import { acceptingInPrimary } from '../fixtures/thread-pools.ts';

describePool(acceptingInPrimary, { haproxy, shard: '3/3' });
