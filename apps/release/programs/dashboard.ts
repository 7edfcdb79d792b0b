import assert from 'node:assert/strict';
// @boundaries-ignore: the packages come packed, into a project of their own
import { serveDashboard } from '@sockpool/dashboard';
// @boundaries-ignore: the packages come packed, into a project of their own
import { ThreadPool } from '@sockpool/thread-pool';

const pool = new ThreadPool({
  handler: new URL('./upper-case-handler.ts', import.meta.url),
  workers: 1,
  metrics: true,
});
await pool.listen();
const { url } = await serveDashboard(pool, { name: 'packed', token: 'sixteen-characters' });
for (const file of ['', 'main.js', 'style.css', 'uplot.js', 'uplot.css', 'favicon.svg']) {
  const response = await fetch(new URL(file, url));
  assert.equal(response.status, 200, file);
  await response.text();
}
assert.equal((await fetch(new URL('v1/stats', url))).status, 200);
assert.equal((await fetch(new URL('v1/restart', url), { method: 'POST' })).status, 401);
await pool.close();
