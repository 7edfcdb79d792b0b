import { keptPort } from '@sockpool/port-fixture';
import { describe, expect, test } from 'vitest';
import { get, PROGRAM } from './fixtures/program.ts';
import { Workplace } from './fixtures/run-command.ts';

describe.each([['--processes'], ['--threads']])('sockpool serve %s', (kind) => {
  test('a deploy that listens on another port, or never, exits with 1, and the old code serves on', async () => {
    const place = await Workplace.make({
      'server.cjs': PROGRAM,
      'sockpool.config.mjs': 'export default { bootTimeoutMs: 20_000 };',
    });
    const port = await keptPort();
    await place.write('server.cjs', PROGRAM.replace('process.env.PORT ?? 0', String(port)));
    const served = place.start('serve', 'server.cjs', '--workers', '1', kind);
    const url = await served.url();
    await place.write('server.cjs', `\n${PROGRAM.replace('process.env.PORT ?? 0', '9999')}`);
    const wrong = await place.run('restart');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(
      /The program listens on port 9999, and the pool on port \d+; to change the port, .*server\.cjs:8:\d+\)\n$/,
    );
    expect(await get(url)).toBe('version one');
    await place.write('server.cjs', 'setInterval(() => undefined, 1_000);');
    const never = await place.run('restart');
    expect(never.code).toBe(1);
    expect(never.stderr).toMatch(/it has not called listen\(\) on a server within 14000 ms.*\n$/);
    expect(never.stderr.trim().split('\n')).toHaveLength(1);
    expect(await get(url)).toBe('version one');
  });

  test('ends with exit code 1 when the pool gives up, with the reason', async () => {
    const place = await Workplace.make({
      'server.mjs': `import http from 'node:http';
http.createServer().listen(0);
setTimeout(() => { throw new Error('no database'); }, 20);
`,
      'sockpool.config.mjs':
        'export default { respawn: { initialDelayMs: 1, maxDelayMs: 1, maxConsecutiveCrashes: 2 } };',
    });
    const { code, stderr } = await place.run('serve', 'server.mjs', '--port', '0', '-w', '1', kind);
    expect(stderr).toMatch(/died 2 times in a row.*no database/);
    expect(code).toBe(1);
  });

  test('a program that rejects as it loads does not serve', async () => {
    const place = await Workplace.make({
      'server.mjs': `import http from 'node:http';
http.createServer().listen(0);
void Promise.reject(new Error('no database'));
`,
    });
    const { code, stderr } = await place.run('serve', 'server.mjs', '--port', '0', '-w', '1', kind);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Cannot start worker 0: no database \(.*server\.mjs:3:\d+\)\n$/);
  });

  test('does not wait for a program that ends without listen(), also where its port is named', async () => {
    const place = await Workplace.make({ 'server.mjs': 'setTimeout(() => undefined, 100);' });
    const args = ['server.mjs', '--port', '0', '--workers', '1', kind];
    const { code, stderr } = await place.run('serve', ...args);
    expect(code).toBe(1);
    // After 40 seconds it would say within which time.
    expect(stderr).toMatch(
      /server\.mjs': it ends by itself before it has called listen\(\) on a server, and .* write: export default app/,
    );
  });

  test('waits for a program that waits for its pool before it calls listen()', async () => {
    const messages = import.meta.resolve('@sockpool/handler');
    const place = await Workplace.make({
      'server.mjs': `import http from 'node:http';
import { channel, currentWorker } from '${messages}';
const ticks = channel('ticks');
if (currentWorker().id === 0) await new Promise((resolve) => { ticks.onmessage = resolve; });
else setInterval(() => ticks.postMessage('tick'), 50);
http.createServer((_, response) => response.end('ticked')).listen(0);
`,
    });
    const served = place.start('serve', 'server.mjs', '--port', '0', '--workers', '2', kind);
    expect(await get(await served.url())).toBe('ticked');
  });
});
