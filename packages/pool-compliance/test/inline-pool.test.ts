import { readFile } from 'node:fs/promises';
import * as haproxy from '@sockpool/haproxy-fixture';
import { expect, test } from 'vitest';
import { describePool } from '../src/describe-pool.ts';
import type { PoolKind } from '../src/pool-under-test.ts';
import { InlinePool } from './fixtures/inline-pool.ts';

const ONE_PROCESS = 'all workers are in the process of the primary';
const POOL = new URL('./fixtures/inline-pool.ts', import.meta.url);

test("InlinePool is the pool of pool-core's README", async () => {
  const readme = new URL('../README.md', import.meta.resolve('@sockpool/pool-core'));
  expect(await readFile(readme, 'utf8')).toContain(
    `\`\`\`ts\n${await readFile(POOL, 'utf8')}\`\`\`\n`,
  );
});

const kind: PoolKind = {
  name: 'InlinePool',
  Pool: InlinePool,
  moduleUrl: POOL.href,
  capabilities: {
    acceptsInWorkers: 'its primary accepts',
    servesUnixSockets: true,
    runsApart: ONE_PROCESS,
    isProcess: ONE_PROCESS,
    takesEnvironment: ONE_PROCESS,
    keepsPortFromChildren: true,
    upgrades: 'it has no upgrade()',
  },
};

test.each(['0/3', '4/3', '1', 'all'])('describePool() refuses the shard %s', (shard) => {
  expect(() => {
    describePool(kind, { shard: shard as '1/1' });
  }).toThrow(
    new RangeError(`Option shard must be a part of a whole, such as '2/3', got '${shard}'`),
  );
});

describePool(kind, { haproxy });
