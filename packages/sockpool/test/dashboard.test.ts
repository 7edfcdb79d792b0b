import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Serving, Workplace } from './fixtures/run-command.ts';

const SERVER = `import http from 'node:http';
http.createServer((request, response) => response.end(process.env.SOCKPOOL_TOKEN ?? 'no token')).listen(0);
`;
const token = 'sixteen-characters-or-more';

/** Where the page is, when it is served; what is said beside. */
async function dashboardOf(serving: Serving): Promise<{ url: string; more: string }> {
  for (;;) {
    const [, url, more] = /Dashboard on (http:\/\/[\d.:]+\/)(.*?)"/.exec(serving.stderr) ?? [];
    if (url !== undefined && more !== undefined) return { url, more };
    if (serving.child.exitCode !== null) throw new Error(`It has ended: ${serving.stderr}`);
    await Promise.race([once(serving.child.stderr!, 'data'), once(serving.child, 'exit')]);
  }
}

test('serve --dashboard shows the pool, acts for who has SOCKPOOL_TOKEN, and gives it to no program', async () => {
  const place = await Workplace.make({ 'server.mjs': SERVER });
  place.env = { SOCKPOOL_TOKEN: token };
  const serving = place.start('serve', 'server.mjs', '--workers', '1', '--dashboard');
  const { url, more } = await dashboardOf(serving);
  expect(more).toBe('');
  expect(serving.stderr).not.toContain(token);
  const served = await fetch(await serving.url(), { headers: { connection: 'close' } });
  expect(await served.text()).toBe('no token');
  expect(await (await fetch(url)).text()).toContain('<title>sockpool</title>');
  const metrics = (await (await fetch(`${url}v1/metrics`)).json()) as { total: object };
  expect(metrics.total).toHaveProperty('measures');
  const restart = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${url}v1/workers/0/restart`, { method: 'POST', headers });
  expect((await restart({})).status).toBe(401);
  expect((await restart({ authorization: `Bearer ${token}` })).status).toBe(200);
  expect(await serving.end()).toBe(0);
});

test('serve --dashboard only shows where there is no token and no terminal to print one', async () => {
  const place = await Workplace.make({ 'server.mjs': SERVER });
  const serving = place.start('serve', 'server.mjs', '--workers', '1', '--dashboard');
  const { url, more } = await dashboardOf(serving);
  expect(more).toBe('; it only shows: set SOCKPOOL_TOKEN for actions');
  expect((await fetch(`${url}v1/pause`, { method: 'POST' })).status).toBe(403);
  expect(await serving.end()).toBe(0);
});

test('serve --dry-run tells of the dashboard, and not its token', async () => {
  const place = await Workplace.make({ 'server.mjs': SERVER });
  place.env = { SOCKPOOL_TOKEN: token };
  const flags = ['--port', '1', '--dashboard-port', '8090', '--dry-run'];
  const { stdout } = await place.run('serve', 'server.mjs', ...flags);
  expect(JSON.parse(stdout)).toMatchObject({ dashboard: { port: 8090, token: '(set)' } });
  expect(stdout).not.toContain(token);
});
