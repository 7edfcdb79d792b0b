import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
// @boundaries-ignore: the package comes packed, into a project of its own
import {
  ProcessPool,
  PoolClosedError,
  type PoolStats,
  serverHandler,
} from '@sockpool/process-pool';

const pool = new ProcessPool({
  handler: new URL('./upper-case-handler.ts', import.meta.url),
  workers: 2,
});
const address = await pool.listen({ port: 0, host: '127.0.0.1' });
assert(typeof address === 'object');

const client = net.connect(address.port, address.address);
client.setEncoding('utf8').write('are you sure');
assert.deepEqual(await once(client, 'data'), ['ARE YOU SURE']);
client.end();
await once(client, 'close');

const stats: PoolStats = await pool.stats();
assert.equal(stats.workers.length, 2);
await pool.close({ graceMs: 5_000 });
await assert.rejects(pool.listen(), PoolClosedError);
assert.equal(typeof serverHandler, 'function');
