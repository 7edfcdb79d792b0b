import { expect, test } from 'vitest';
import { formatCsv, formatHtmlReport, mergeResults, runLoad } from '../src/index.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';

test('the rate is that of the time under load, however long a last reply takes', async () => {
  const over = Promise.withResolvers<void>();
  await using server = await startServer((socket, index) => {
    socket.on('data', (chunk) => {
      const reply = chunk.toString().toUpperCase();
      if (index > 0) socket.write(reply);
      else void over.promise.then(() => setTimeout(() => socket.write(reply), 3000));
    });
    // The load is over when the other connections end: the first one's reply comes long after it.
    socket.on('end', () => over.resolve());
  });
  // However slow the machine is: most of the replies have come when the load ends.
  const enough = new AbortController();
  const times: number[] = [];
  const result = await runLoad({
    port: server.port,
    connections: 3,
    durationMs: 120_000,
    stopSignal: enough.signal,
    onReply: () => {
      times.push(performance.now());
      if (times.length === 50) enough.abort();
    },
  });
  const { right, unanswered } = result.requests;
  expect(unanswered).toBe(0);
  expect(result.durationMs).toBeGreaterThanOrEqual(2990);
  const loadedMs = (right / result.throughput) * 1000;
  expect(loadedMs).toBeGreaterThanOrEqual((times[49] ?? NaN) - (times[0] ?? NaN));
  // A few replies come after the load; `right` counts them too.
  expect(loadedMs).toBeLessThanOrEqual((result.durationMs - 2900) * 1.1);
});

test('the rate of a bounded run is that of the time in which all connections are at work', async () => {
  await using server = await startServer((socket, index) => {
    let count = 0;
    socket.on('data', (chunk) => {
      const reply = chunk.toString().toUpperCase();
      count += 1;
      // One connection stands still in the middle of its work.
      if (index === 0 && count === 25) setTimeout(() => socket.write(reply), 1500);
      else setTimeout(() => socket.write(reply), 1);
    });
  });
  const result = await runLoad({ port: server.port, connections: 5, requests: 50 });
  expect(result.requests.right).toBe(250);
  expect(result.throughput).toBeGreaterThan((250 / result.durationMs) * 1000 * 1.05);
});

test('a low rate is not overstated, and a run lasts as long as asked', async () => {
  await using server = await startServer(echoUpperCase);
  const result = await runLoad({ port: server.port, rate: 2, durationMs: 400 });
  expect(result.requests).toMatchObject({ sent: 1, right: 1 });
  expect(result.durationMs).toBeGreaterThanOrEqual(400);
  expect(result.throughput).toBeCloseTo(2.5, 6);
  const bounded = await runLoad({ port: server.port, rate: 20, totalRequests: 4 });
  // Four requests at 20 a second are 200 ms, although the last is due after 150.
  expect(bounded.throughput).toBeLessThanOrEqual(20 + 1e-6);
});

test('a timeline has no second behind its end, and no latency where no reply came', async () => {
  let silent = true;
  await using server = await startServer((socket) => {
    socket.on('data', (chunk) => {
      const reply = chunk.toString().toUpperCase();
      if (!silent) socket.write(reply);
      else {
        silent = false;
        setTimeout(() => socket.write(reply), 1600);
      }
    });
  });
  const result = await runLoad({ port: server.port, durationMs: 2000 });
  const [first, second] = result.timeline;
  expect(first).toMatchObject({ second: 0, right: 0, latency: null });
  expect(second?.latency?.count).toBe(second?.right);
  // Only a machine that stands still for a second has more.
  if (result.durationMs < 3000) expect(result.timeline).toHaveLength(2);
  expect(result.timeline.reduce((sum, { right }) => sum + right, 0)).toBe(result.requests.right);
  expect(formatCsv(result).split('\n')[1]).toMatch(/^1,0,1,0,.*,0,1,1,,,,,$/);
});

test('hours of seconds make a report, and merged schedules add their rates', async () => {
  await using server = await startServer(echoUpperCase);
  const stages = [
    { durationMs: 100, rate: 0, toRate: 100 },
    { durationMs: 100, rate: 100 },
  ];
  const [one, other] = await Promise.all([
    runLoad({ port: server.port, stages }),
    runLoad({ port: server.port, rate: 50, durationMs: 200 }),
  ]);
  const [entry] = one.timeline;
  if (entry === undefined) throw new Error('The timeline is empty');
  const timeline = Array.from({ length: 200_000 }, (_, second) => ({ ...entry, second }));
  const html = formatHtmlReport({ ...one, timeline });
  expect(html.length).toBeLessThan(1_000_000);
  expect(mergeResults([one, other]).settings.schedule).toEqual([
    {
      durationMs: 100,
      rate: expect.closeTo(50, 3) as number,
      toRate: expect.closeTo(150, 3) as number,
    },
    { durationMs: 100, rate: 150, toRate: 150 },
  ]);
});
