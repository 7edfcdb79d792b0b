import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { checkZeroLoss } from '../src/check-zero-loss.ts';
import { formatZeroLossReport } from '../src/format-report.ts';
import { assertZeroLoss, ZeroLossError } from '../src/zero-loss-error.ts';
import type { ZeroLossOptions } from '../src/zero-loss-options.ts';
import { keptPort } from '@sockpool/port-fixture';
import { forkUpperCaseServer } from './fixtures/fork-upper-case-server.ts';
import { startUpperCaseServer } from './fixtures/upper-case-server.ts';
import { nothing, SMALL } from './fixtures/small-check.ts';

test('checkZeroLoss() finds no loss where nothing happens, and counts requests and connections', async () => {
  const { address, replies } = await startUpperCaseServer();
  const report = await checkZeroLoss({
    ...SMALL,
    address,
    disruptions: [{ name: 'nothing', run: () => expect.poll(replies).toBeGreaterThan(30) }],
  });
  expect(report.losses).toEqual([]);
  expect(report.ok).toBe(true);
  expect(report.right).toBeGreaterThan(20);
  expect(report.opened).toBeGreaterThan(5);
  expect(report.disruptions).toMatchObject([{ name: 'nothing' }]);
  expect(() => assertZeroLoss(report)).not.toThrow();
});

test('checkZeroLoss() counts connections that a disruption resets', async () => {
  const server = await startUpperCaseServer();
  const report = await checkZeroLoss({
    ...SMALL,
    address: server.address,
    disruptions: [
      {
        name: 'reset',
        run: async () => {
          // Requests are in flight then: each is reset as soon as one is there.
          const resets = [...server.connections].map((connection) => {
            connection.removeAllListeners('data');
            connection.once('data', () => connection.resetAndDestroy());
            return once(connection, 'close');
          });
          await Promise.all(resets);
        },
      },
    ],
  });
  expect(report.ok).toBe(false);
  expect(report.losses).toContainEqual(
    expect.objectContaining({
      clients: 'held',
      lossClass: 'reset',
      reasons: { ECONNRESET: expect.any(Number) as number },
    }),
  );
  expect(() => assertZeroLoss(report)).toThrow(ZeroLossError);
  expect(() => assertZeroLoss(report)).toThrow(/lost: \d+ × reset \(held\)/);
});

test('checkZeroLoss() counts connections that are refused meanwhile', async () => {
  const server = await startUpperCaseServer();
  const report = await checkZeroLoss({
    ...SMALL,
    address: server.address,
    disruptions: [
      {
        name: 'close the port',
        run: async () => {
          await server.close();
          // Until the last client has ended its connection to open another.
          await expect.poll(() => server.connections.size).toBe(0);
        },
      },
      { name: 'open it again', run: () => server.listen() },
    ],
  });
  expect(report.losses.map(({ lossClass }) => lossClass)).toContain('refused');
});

test('checkZeroLoss() counts replies that are swallowed after the last disruption as timeouts', async () => {
  let mute = false;
  let swallowed = 0;
  const { address } = await startUpperCaseServer((request) => {
    if (!mute) return request.toUpperCase();
    swallowed += 1;
    return '';
  });
  const report = await checkZeroLoss({
    ...SMALL,
    address,
    newConnections: { rate: 0 },
    replyTimeoutMs: 300,
    disruptions: [
      {
        name: 'fall silent',
        run: async () => {
          mute = true;
          await expect.poll(() => swallowed).toBeGreaterThan(4);
        },
      },
    ],
  });
  expect(report.losses).toContainEqual(
    expect.objectContaining({ clients: 'held', lossClass: 'timeout' }),
  );
});

test('checkZeroLoss() counts requests that fell due and were never sent, however few a second they are', async () => {
  const server = await startUpperCaseServer();
  // One connection asks for few of them, and for few more when the load has stopped.
  server.delayMs = 200;
  const report = await checkZeroLoss({
    ...SMALL,
    address: server.address,
    held: { connections: 1, rate: 100, requestsPerConnection: Infinity },
    newConnections: { rate: 0 },
    replyTimeoutMs: 400,
    disruptions: [{ name: 'nothing', run: () => expect.poll(server.replies).toBeGreaterThan(1) }],
  });
  expect(report.losses).toContainEqual(
    expect.objectContaining({ clients: 'held', lossClass: 'unsent' }),
  );
});

test('checkZeroLoss() counts wrong replies, and the report shows one', async () => {
  let wrong = false;
  const { address, replies } = await startUpperCaseServer((request) =>
    wrong ? request.toUpperCase().replaceAll(/[A-Z]/g, 'x') : request.toUpperCase(),
  );
  const report = await checkZeroLoss({
    ...SMALL,
    address,
    disruptions: [
      {
        name: 'garble',
        run: async () => {
          const before = replies();
          wrong = true;
          await expect.poll(() => replies() - before).toBeGreaterThan(10);
        },
      },
    ],
  });
  expect(report.losses.map(({ lossClass }) => lossClass)).toContain('wrongReply');
  expect(() => assertZeroLoss(report)).toThrow(/sent '.+', expected '.+', got '.*x/);
});

test('a server that takes no connection is told with who never connected, and what to try', async () => {
  const port = await keptPort();
  const nobody = { ...SMALL, address: { port }, newConnections: { rate: 2 } };
  const [direct, away] = await Promise.all([
    checkZeroLoss({ ...nobody, disruptions: [nothing] }),
    checkZeroLoss({ ...nobody, disruptions: [nothing], network: { delayMs: 1 } }),
  ]);
  expect(direct.problems).toEqual([
    `The check proves nothing: no right reply, ${direct.held.errors.refused} × refused (attempts to connect): nothing listens at 127.0.0.1:${port}`,
    '5 of 5 held connections never connected: 5 × ECONNREFUSED',
    '4 of 4 clients with new connections never connected: 4 × ECONNREFUSED',
  ]);
  expect(away.targetErrors).toEqual({ ECONNREFUSED: expect.any(Number) as number });
  expect(formatZeroLossReport(away)).toMatch(
    /behind the network the server did not take every connection: \d+ × ECONNREFUSED/,
  );
});

test('a wrong reply of HTTP is shown without an expected one', async () => {
  const { address } = await startUpperCaseServer(
    () => 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n',
  );
  const report = await checkZeroLoss({
    ...SMALL,
    address,
    workload: { http: { requests: ['GET /'] } },
    disruptions: [nothing],
  });
  expect(formatZeroLossReport(report)).toMatch(
    /^sent 'GET \/.*', got 'HTTP\/1\.1 503 .*' \(the status is 503 instead of 200 to 299\)$/m,
  );
});

test('checkZeroLoss() says which option is wrong', async () => {
  const { address } = await startUpperCaseServer();
  await expect(checkZeroLoss({ address, disruptions: [] })).rejects.toThrow(TypeError);
  await expect(
    checkZeroLoss({ address: undefined as unknown as string, disruptions: [nothing] }),
  ).rejects.toThrow(/Option address must be .*, got undefined/);
  await expect(
    checkZeroLoss({ address, disruptions: [nothing], held: { rate: -1 } }),
  ).rejects.toThrow('Option held.rate must be a number, 1 or more, got -1');
  const wrong = { address, disruptions: [nothing] };
  await expect(checkZeroLoss({ ...wrong, held: { rate: 5, thinkMs: [0, 5] } })).rejects.toThrow(
    'Cannot use held.rate and held.thinkMs together',
  );
  await expect(checkZeroLoss({ ...wrong, held: { thinkMs: [5, 0] } })).rejects.toThrow(
    'Option held.thinkMs[1] must be a number, ',
  );
  const endless = { distribution: 'exponential', meanMs: 200_000 } as const;
  await expect(checkZeroLoss({ ...wrong, held: { thinkMs: endless } })).rejects.toThrow(
    'for 999 of 1,000 requests, up to 600000 ms',
  );
  await expect(checkZeroLoss({ ...wrong, thinkMs: [0, 5] } as ZeroLossOptions)).rejects.toThrow(
    'Unknown option thinkMs of checkZeroLoss(): did you mean held.thinkMs?',
  );
  await expect(checkZeroLoss({ ...wrong, network: { delayMs: -1 } })).rejects.toThrow(
    'Option delayMs must be a number, ',
  );
});

test('clients that think ask again after the last disruption, behind a network that takes time', async () => {
  const server = await startUpperCaseServer();
  let repliesBefore = 0;
  const report = await checkZeroLoss({
    ...SMALL,
    address: server.address,
    held: { connections: 10, thinkMs: [0, 300], requestsPerConnection: Infinity },
    network: { delayMs: 20 },
    disruptions: [
      {
        name: 'nothing',
        run: async () => {
          repliesBefore = server.replies();
        },
      },
    ],
  });
  assertZeroLoss(report);
  // Each of the ten had to ask once more, and every reply takes a round trip.
  expect(server.replies() - repliesBefore).toBeGreaterThanOrEqual(10);
  expect(report.held.latency.minMs).toBeGreaterThanOrEqual(39);
  expect(report.lossProbabilityBelow).toBeCloseTo(1 - 0.05 ** (1 / report.right), 12);
  expect(formatZeroLossReport(report)).toMatch(
    /nothing lost: 0 of \d+, with 95 % confidence fewer than 1 in \d+/,
  );
});

test('a reply that is late is no loss, and a complaint only if there is a limit', async () => {
  const server = await startUpperCaseServer();
  const slow = {
    ...SMALL,
    address: server.address,
    // These ask no faster than they are answered.
    held: { connections: 5, thinkMs: [0, 10] as const },
    disruptions: [
      {
        name: 'slow',
        run: async () => {
          server.delayMs = 400;
          const before = server.replies();
          await expect.poll(() => server.replies() - before).toBeGreaterThan(20);
        },
      },
    ],
  };
  const unlimited = await checkZeroLoss(slow);
  assertZeroLoss(unlimited);
  expect(unlimited.late).toBe(0);
  server.delayMs = 0;
  const limited = await checkZeroLoss({ ...slow, latencyLimitMs: 200 });
  expect(limited.losses).toEqual([]);
  expect(limited.late).toBeGreaterThanOrEqual(5);
  expect(limited.ok).toBe(false);
  expect(() => assertZeroLoss(limited)).toThrow(/\d+ replies took longer than 200 ms/);
});

test('clients come back after an outage, which the report tells', async () => {
  const server = await startUpperCaseServer();
  const report = await checkZeroLoss({
    ...SMALL,
    address: server.address,
    newConnections: { rate: 0 },
    disruptions: [
      {
        name: 'outage',
        run: async () => {
          await server.close();
          for (const connection of server.connections) connection.resetAndDestroy();
          // Long enough for a client that gave up after five attempts to have given up.
          await delay(3_500);
          await server.listen();
          const before = server.replies();
          await expect.poll(() => server.replies() - before).toBeGreaterThan(100);
        },
      },
    ],
  });
  const classes = report.losses.map(({ clients, lossClass }) => `${clients} ${lossClass}`);
  expect(classes).toContain('held refused');
  expect(report.held.connections).toMatchObject({ asked: 5, worked: 5, gaveUp: 0 });
  const refused = report.losses.find(({ lossClass }) => lossClass === 'refused');
  expect(refused?.seconds.length).toBeGreaterThanOrEqual(3);
  expect(formatZeroLossReport(report)).toMatch(
    /refused \(held\): \d+ × ECONNREFUSED \(attempts to connect\); in second \d/,
  );
});

test('a disruption that blocks its thread hides no outage', async () => {
  await using server = await forkUpperCaseServer();
  const report = await checkZeroLoss({
    ...SMALL,
    address: server.address,
    disruptions: [
      {
        name: 'blocking outage',
        run: async () => {
          await server.tell('close');
          // This thread stands still, and opens the port again before it goes on.
          execFileSync(process.execPath, ['-e', 'setTimeout(() => {}, 2_000)']);
          await server.tell('listen');
        },
      },
    ],
  });
  expect(report.losses.map(({ lossClass }) => lossClass)).toContain('refused');
});

test('clients that stood still fail the check', async () => {
  const { address, replies } = await startUpperCaseServer();
  const blocking = pathToFileURL(join(import.meta.dirname, 'fixtures/blocking-framing.mjs')).href;
  const report = await checkZeroLoss({
    ...SMALL,
    address,
    newConnections: { rate: 0 },
    stallLimitMs: 200,
    workload: { framingModule: blocking },
    // The check of the thirtieth reply blocks them.
    disruptions: [{ name: 'nothing', run: () => expect.poll(replies).toBeGreaterThan(40) }],
  });
  expect(report.losses).toEqual([]);
  expect(report.clientStalledMs).toBeGreaterThan(200);
  expect(() => assertZeroLoss(report)).toThrow(/clients stood still for \d+ ms/);
});
