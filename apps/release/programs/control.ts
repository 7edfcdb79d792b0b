import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// @boundaries-ignore: the packages come packed, into a project of their own
import { ControlClient, serveControl } from '@sockpool/control';
// @boundaries-ignore: the packages come packed, into a project of their own
import { ControlRequestError } from '@sockpool/control/client';
// @boundaries-ignore: the packages come packed, into a project of their own
import { ThreadPool } from '@sockpool/thread-pool';

const folder = await mkdtemp(join(tmpdir(), 'control-'));
const path = join(folder, 'control.sock');
const pool = new ThreadPool({
  handler: new URL('./upper-case-handler.ts', import.meta.url),
  workers: 1,
  rollout: { minReadyMs: 0 },
});
const control = await serveControl(pool, { path, name: 'packed' });
await pool.listen();
const client = new ControlClient({ path });
assert.equal((await client.about()).name, 'packed');
assert.equal((await client.restart()).generation, 1);
assert.match(await client.stack(0), /^ {4}at /);
await assert.rejects(client.stack(7), ControlRequestError);
assert.equal((await client.stop()).cutConnections, 0);
await control.close();
await rm(folder, { recursive: true });
