import { join } from 'node:path';
import { ControlClient } from '@sockpool/control/client';
import { describe, expect, test } from 'vitest';
import { PortWatch } from './fixtures/port-watch.ts';
import { type Serving, Workplace } from './fixtures/run-command.ts';

const PROGRAM = `const http = require('node:http');
http.createServer((request, response) => response.end('served')).listen(3000);
`;

const TOKEN = 'a-token-of-many-characters';

/** Serves, with every port beside the pool's that there can be. */
async function served(
  accept: string,
  control: object,
  ...flags: readonly string[]
): Promise<{ place: Workplace; serving: Serving }> {
  const place = await Workplace.make({
    'server.cjs': PROGRAM,
    'sockpool.config.mjs': `export default ${JSON.stringify({ accept, control })};`,
  });
  place.env = { SOCKPOOL_TOKEN: TOKEN };
  const ports = ['--port', '0', '--health-port', '0', '--metrics-port', '0', '--dashboard'];
  const serving = place.start('serve', 'server.cjs', '--workers', '1', ...ports, ...flags);
  await serving.url();
  return { place, serving };
}

/** Waits until it has told a port. */
async function portOf(serving: Serving, pattern: RegExp): Promise<number> {
  await expect.poll(() => serving.stderr).toMatch(pattern);
  return Number(pattern.exec(serving.stderr)?.[1]);
}

/** The process id of each reply of `/v1`, without what is the same as before. */
function primariesOf(watch: PortWatch): number[] {
  return watch.replies
    .map(({ body }) => (JSON.parse(body) as { pid: number }).pid)
    .filter((pid, index, all) => pid !== all[index - 1]);
}

describe.each([['worker'], ['primary']])('sockpool upgrade, accepting in the %s', (accept) => {
  test('hands over every port and the control socket: nobody is refused, and every reply is right', async () => {
    const { place, serving } = await served(accept, { path: './control.sock' });
    const host = '127.0.0.1';
    const health = await portOf(serving, /health checks on http:\S+:(\d+)\//);
    const dashboard = await portOf(serving, /Dashboard on http:\S+:(\d+)\//);
    const socketPath = join(place.folder, 'control.sock');
    const watches = {
      health: new PortWatch({ host, port: health, path: '/readyz' }),
      metrics: new PortWatch({ host, port: health, path: '/metrics' }),
      page: new PortWatch({ host, port: dashboard }),
      dashboard: new PortWatch({ host, port: dashboard, path: '/v1' }),
      socket: new PortWatch({ socketPath, host: 'localhost', path: '/v1' }),
    };
    const all = Object.values(watches);
    await Promise.all(all.map((watch) => watch.more(5)));
    const { code, stdout } = await place.run('upgrade', '--json', '--socket', socketPath);
    const { pid } = JSON.parse(stdout) as { pid: number };
    expect(code).toBe(0);
    await Promise.all(all.map((watch) => watch.more(5)));
    await Promise.all(all.map((watch) => watch.stop()));
    for (const watch of all) {
      expect([watch.path, watch.failures]).toEqual([watch.path, []]);
      expect(watch.replies.filter(({ status }) => status !== 200)).toEqual([]);
    }
    for (const { body } of watches.metrics.replies) expect(body).toContain('sockpool_workers');
    for (const { body } of watches.page.replies) expect(body).toContain('<!doctype html>');
    expect(primariesOf(watches.dashboard)).toEqual([serving.child.pid, pid]);
    expect(primariesOf(watches.socket)).toEqual([serving.child.pid, pid]);
    expect((await place.run('stop', '--socket', socketPath)).code).toBe(0);
  });
});

test('An upgrade hands over control on a port', async () => {
  const { place, serving } = await served('worker', { port: 0, token: TOKEN }, '--verbose');
  const port = await portOf(serving, /Control on \S+:(\d+)/);
  const watch = new PortWatch({
    host: '127.0.0.1',
    port,
    path: '/v1',
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  await watch.more(5);
  const client = new ControlClient({ port, token: TOKEN });
  const { pid } = await client.upgrade();
  await watch.more(5);
  await watch.stop();
  expect(watch.failures).toEqual([]);
  expect(primariesOf(watch)).toEqual([serving.child.pid, pid]);
  expect(await client.stop()).toMatchObject({ cutConnections: 0 });
  expect((await place.run('ps', '--json')).stdout).toContain('"pools": []');
});

test('A command that follows an upgrade meets the new primary alone', async () => {
  const place = await Workplace.make({ 'server.cjs': PROGRAM });
  const serving = place.start('serve', 'server.cjs', '--port', '0', '--workers', '1');
  await serving.url();
  for (let upgrade = 0; upgrade < 2; upgrade += 1) {
    const { code, stdout, stderr } = await place.run('upgrade', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const { pools } = JSON.parse((await place.run('ps', '--json')).stdout);
    expect(pools).toMatchObject([{ pid: JSON.parse(stdout).pid }]);
  }
  expect(await place.run('upgrade')).toMatchObject({ code: 0, stderr: '' });
  expect(await place.run('stop')).toMatchObject({ code: 0, stderr: '' });
  expect((await place.run('ps', '--json')).stdout).toContain('"pools": []');
});
