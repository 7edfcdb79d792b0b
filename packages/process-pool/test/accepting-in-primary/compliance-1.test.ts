import * as haproxy from '@sockpool/haproxy-fixture';
import { describePool } from '@sockpool/pool-compliance';
import { acceptingInPrimary } from '../fixtures/process-pools.ts';

describePool(acceptingInPrimary, { haproxy, shard: '1/3' });
