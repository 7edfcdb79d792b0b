import { expect, test } from 'vitest';
import { parseStartAt, parseThink } from '../src/cli/option-values.ts';
import { runLoad } from '../src/index.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';
import { runCli } from './fixtures/run-cli.ts';

test.each([[{}], [{ rate: 100, durationMs: 200 }], [{ connections: 2, threads: 2 }]])(
  'a run with %j starts when it is agreed, and not before',
  async (options) => {
    await using server = await startServer(echoUpperCase);
    const startAt = Date.now() + 1_000;
    const { startedAtMs, requests } = await runLoad({ port: server.port, ...options, startAt });
    // The clock of the day and the monotonic one may differ by a little.
    expect(startedAtMs).toBeGreaterThan(startAt - 50);
    expect(requests.failed).toBe(0);
    expect(requests.right).toBeGreaterThan(0);
  },
);

test('a start that is over is refused, and a stop ends the waiting', async () => {
  await expect(runLoad({ port: 1, startAt: Date.now() - 5_000 })).rejects.toThrow(
    /Cannot start at .*Z: it is over since \d+ ms/,
  );
  const stop = new AbortController();
  const run = runLoad({ port: 1, startAt: new Date(Date.now() + 60_000), signal: stop.signal });
  stop.abort();
  expect(await run).toMatchObject({ aborted: true, requests: { sent: 0 } });
});

test('times of the clock are the next ones', () => {
  const now = new Date(2026, 0, 31, 14, 0, 30).getTime();
  expect(parseStartAt('14:05', now)).toBe(new Date(2026, 0, 31, 14, 5).getTime());
  expect(parseStartAt('14:00:31', now)).toBe(now + 1_000);
  expect(parseStartAt('13:59', now)).toBe(new Date(2026, 1, 1, 13, 59).getTime());
  expect(parseStartAt('2026-01-31T14:05:00Z', now)).toBe(Date.UTC(2026, 0, 31, 14, 5));
  expect(() => parseStartAt('25:00', now)).toThrow("a time, such as '14:05'");
  expect(() => parseStartAt('14:60', now)).toThrow("a time, such as '14:05'");
  expect(() => parseStartAt('tomorrow')).toThrow("a time, such as '14:05'");
});

test.each([
  ['500ms', { distribution: 'constant', ms: 500 }],
  ['0s..3s', { distribution: 'uniform', minMs: 0, maxMs: 3000 }],
  ['exponential:1s', { distribution: 'exponential', meanMs: 1000 }],
  ['normal:1s,200ms', { distribution: 'normal', meanMs: 1000, stdDevMs: 200 }],
  ['lognormal:1s,0.5', { distribution: 'lognormal', medianMs: 1000, sigma: 0.5 }],
])('--think %s', (text, think) => {
  expect(parseThink(text)).toEqual(think);
});

test.each([['3'], ['0..3'], ['weibull:1s'], ['exponential:'], ['normal:1s'], ['lognormal:1s']])(
  '--think %s is refused with what to write',
  (text) => {
    expect(() => parseThink(text)).toThrow(
      "a think time, such as '500ms', '0s..3s', 'exponential:1s'",
    );
  },
);

test('clients think by the distribution that is asked for', async () => {
  await using server = await startServer(echoUpperCase);
  const load = ['--port', String(server.port), '-n', '3', '--json=-', '-q'];
  const { stdout } = await runCli([...load, '--think', 'lognormal:20ms,0.1']);
  const { durationMs, settings } = JSON.parse(stdout);
  expect(settings.thinkMs).toEqual({ distribution: 'lognormal', medianMs: 20, sigma: 0.1 });
  expect(durationMs).toBeGreaterThan(30);
  const both = await runCli([...load, '--think', '1s', '--think-ms', '5']);
  expect(both).toMatchObject({ code: 2 });
});
