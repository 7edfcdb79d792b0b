import { get } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { Workplace } from './fixtures/run-command.ts';

const PROGRAM = `const http = require('node:http');
http.createServer((request, response) => {
  if (request.url === '/spin') for (;;);
  response.end('served');
}).listen(3000);
`;

test.each([['--processes'], ['--threads']])(
  'status and top name a worker that hangs, and where, with %s',
  async (kind) => {
    const place = await Workplace.make({
      'server.cjs': PROGRAM,
      'sockpool.config.mjs': 'export default { health: { unreadyAfterMs: 1_000 } };',
    });
    const served = place.start('serve', 'server.cjs', '--port', '0', '--workers', '2', kind);
    const url = await served.url();
    expect((await place.run('top', '-n', '1')).stdout).not.toContain('hung');
    const spinning = get(`${url}/spin`).on('error', () => undefined);
    onTestFinished(() => void spinning.destroy());
    const hung = async () => JSON.parse((await place.run('status', '--json')).stdout).hung;
    await expect.poll(hung).toHaveLength(1);
    const [{ workerId, hungForMs, since, at }] = await hung();
    expect(hungForMs).toBeGreaterThan(1_000);
    expect(Date.parse(since)).toBeLessThan(Date.now());
    expect(at).toContain('server.cjs:3:');
    const { stdout } = await place.run('status');
    expect(stdout).toMatch(/Worker \d \(\d+\) hangs for [\d.]+ s at .*server\.cjs:3:\d+/);
    expect(stdout).toContain(`sockpool stack --worker ${workerId} shows more`);
    const top = await place.run('top', '-n', '1', '--json');
    expect(JSON.parse(top.stdout).hung).toMatchObject([{ workerId, at }]);
    expect((await place.run('top', '-n', '1')).stdout).toContain(`hung=worker ${workerId} at `);
    expect((await place.run('stop', '--now')).code).toBe(0);
  },
);
