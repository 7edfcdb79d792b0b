import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConnectionGuard } from './connection-guard.ts';
import type { GuardOptions } from './guard-options.ts';
import { NO_REFUSALS, type Refusal } from './refusal.ts';

/** A connection whose counters the test sets. */
class TestConnection extends Socket {
  counters = { bytesRead: 0, bytesWritten: 0, readableLength: 0, writableLength: 0 };
  remote: string | undefined = '192.0.2.1';
  local: string | undefined = '192.0.2.254';
}
for (const name of ['bytesRead', 'bytesWritten', 'readableLength', 'writableLength'] as const) {
  Object.defineProperty(TestConnection.prototype, name, {
    get(this: TestConnection) {
      return this.counters?.[name] ?? 0;
    },
  });
}
Object.defineProperty(TestConnection.prototype, 'remoteAddress', {
  get(this: TestConnection) {
    return this.remote;
  },
});
Object.defineProperty(TestConnection.prototype, 'localAddress', {
  get(this: TestConnection) {
    return this.local;
  },
});

function setUp(options: GuardOptions): {
  guard: ConnectionGuard;
  told: Refusal[];
  connect: (remote?: string) => TestConnection;
} {
  const told: Refusal[] = [];
  const guard = new ConnectionGuard(options, (refusal) => told.push(refusal));
  const connect = (remote = '192.0.2.1'): TestConnection => {
    const connection = new TestConnection();
    connection.remote = remote;
    guard.admit(connection);
    return connection;
  };
  return { guard, told, connect };
}

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a guard without limits closes nothing and runs no timer', () => {
  const { guard, connect } = setUp({});
  const connection = connect();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1e9);
  guard.sweep();
  expect(connection.destroyed).toBe(false);
  expect(guard.refusals).toEqual(NO_REFUSALS);
});

test('a guard admits no connection by an option that there is not', () => {
  const { guard } = setUp({});
  const options = { excempt: true };
  expect(() => guard.admit(new TestConnection(), options as object)).toThrow(
    'Unknown option excempt of admit(): did you mean exempt? Allowed are ignoredBytes, exempt',
  );
  expect(guard.connections).toBe(0);
});

test('a guard refuses addresses by its lists, and deny wins over allow', () => {
  const { guard, told, connect } = setUp({ allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'] });
  expect(connect('10.0.0.1').destroyed).toBe(false);
  expect(connect('::ffff:10.0.0.1').destroyed).toBe(false);
  expect(connect('10.1.0.1').destroyed).toBe(true);
  expect(connect('192.0.2.1').destroyed).toBe(true);
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, denied: 2 });
  expect(guard.connections).toBe(2);
  expect(told).toEqual([
    { reason: 'denied', remoteAddress: '10.1.0.1' },
    { reason: 'denied', remoteAddress: '192.0.2.1' },
  ]);
});

test('a guard with lists refuses a TCP client whose address is unknown, and no unix-domain socket', () => {
  const { guard } = setUp({ deny: ['10.1.0.0/16'] });
  const gone = new TestConnection();
  gone.remote = undefined;
  expect(guard.admit(gone)).toBe(false);
  const local = new TestConnection();
  local.remote = undefined;
  local.local = undefined;
  expect(guard.admit(local)).toBe(true);
});

test('a guard limits the connections per address, and a closed one gives its permit back', async () => {
  const { guard, connect } = setUp({ maxConnectionsPerAddress: 2 });
  const [first, second, third] = [connect(), connect(), connect()];
  expect([first, second, third].map(({ destroyed }) => destroyed)).toEqual([false, false, true]);
  expect(connect('192.0.2.2').destroyed).toBe(false);
  first.destroy();
  await new Promise((resolve) => first.once('close', resolve));
  expect(connect().destroyed).toBe(false);
  expect(connect().destroyed).toBe(true);
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, addressLimit: 2 });
});

test('a guard closes a connection that sends nothing for firstByteTimeoutMs', () => {
  const { guard, connect } = setUp({ firstByteTimeoutMs: 3_000 });
  const silent = connect();
  const talking = connect();
  talking.counters.bytesRead = 1;
  vi.advanceTimersByTime(2_999);
  expect(silent.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(silent.destroyed).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(talking.destroyed).toBe(false);
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, firstByteTimeout: 1 });
});

test.each(['bytesRead', 'bytesWritten'] as const)(
  'a guard closes a connection idleTimeoutMs after its %s last moved',
  (counter) => {
    const { guard, connect } = setUp({ idleTimeoutMs: 5_000 });
    const connection = connect();
    for (let round = 0; round < 10; round += 1) {
      connection.counters[counter] += 1;
      vi.advanceTimersByTime(4_000);
    }
    expect(connection.destroyed).toBe(false);
    vi.advanceTimersByTime(5_000);
    expect(connection.destroyed).toBe(true);
    expect(guard.refusals).toEqual({ ...NO_REFUSALS, idleTimeout: 1 });
  },
);

test('a guard leaves a client for whom bytes wait to unreadTimeoutMs', () => {
  const { guard, connect } = setUp({ idleTimeoutMs: 5_000, unreadTimeoutMs: 20_000 });
  const [stalled, reading] = [connect(), connect()];
  for (const { counters } of [stalled, reading]) counters.writableLength = 100;
  vi.advanceTimersByTime(19_000);
  // It has taken all, and is idle from now on.
  reading.counters.writableLength = 0;
  vi.advanceTimersByTime(1_000);
  expect([stalled.destroyed, reading.destroyed]).toEqual([false, false]);
  vi.advanceTimersByTime(1_000);
  expect([stalled.destroyed, reading.destroyed]).toEqual([true, false]);
  vi.advanceTimersByTime(5_000);
  expect(reading.destroyed).toBe(true);
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, slowReader: 1, idleTimeout: 1 });
});

test('a guard closes a client that goes on sending too slowly, after the grace', () => {
  const { guard, connect } = setUp({ minBytesPerSecond: 100, rateGraceMs: 5_000 });
  const slow = connect();
  const fast = connect();
  const seconds = (count: number): void => {
    for (let second = 0; second < count; second += 1) {
      slow.counters.bytesRead += 10;
      fast.counters.bytesRead += 100;
      vi.advanceTimersByTime(1_000);
    }
  };
  seconds(5);
  expect(slow.destroyed).toBe(false);
  seconds(1);
  expect(slow.destroyed).toBe(true);
  seconds(60);
  expect(fast.destroyed).toBe(false);
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, slow: 1 });
});

test('a guard does not measure the rate of a client that waits, is idle or gets replies', () => {
  const { guard, connect } = setUp({ minBytesPerSecond: 1_000, rateGraceMs: 1_000 });
  const waiting = connect();
  waiting.counters.bytesRead = 10;
  const answered = connect();
  for (let minute = 0; minute < 10; minute += 1) {
    answered.counters.bytesRead += 1;
    vi.advanceTimersByTime(30_000);
    answered.counters.bytesWritten += 1;
    vi.advanceTimersByTime(30_000);
  }
  expect(guard.refusals).toEqual(NO_REFUSALS);
  expect(guard.connections).toBe(2);
  waiting.counters.bytesRead += 1;
  vi.advanceTimersByTime(1_000);
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, slow: 1 });
});

test('a guard bounds how long a connection lives and how much it sends', () => {
  const { guard, connect } = setUp({ maxLifetimeMs: 10_000, maxConnectionBytes: 100 });
  const much = connect();
  const long = connect();
  much.counters.bytesRead = 101;
  long.counters.bytesRead = 100;
  vi.advanceTimersByTime(9_000);
  expect([much.destroyed, long.destroyed]).toEqual([true, false]);
  vi.advanceTimersByTime(1_000);
  expect(long.destroyed).toBe(true);
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, bytes: 1, lifetime: 1 });
});

test('a guard closes the connections that buffer most until the rest fits', () => {
  const { guard, connect } = setUp({ maxTotalBufferedBytes: 100 });
  const connections = [40, 90, 30, 80, 30].map((bytes, index) => {
    const connection = connect();
    connection.counters[index % 2 === 0 ? 'readableLength' : 'writableLength'] = bytes;
    return connection;
  });
  vi.advanceTimersByTime(1_000);
  expect(connections.map(({ destroyed }) => destroyed)).toEqual([false, true, false, true, false]);
  vi.advanceTimersByTime(10_000);
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, memory: 2 });
});

test('a guard has one timer for all connections, and none without connections or when closed', async () => {
  const { guard, connect } = setUp({ idleTimeoutMs: 5_000 });
  expect(vi.getTimerCount()).toBe(0);
  const connections = Array.from({ length: 100 }, () => connect());
  expect(vi.getTimerCount()).toBe(1);
  await Promise.all(
    connections.map(async (connection) => {
      connection.destroy();
      await new Promise((resolve) => connection.once('close', resolve));
    }),
  );
  expect(vi.getTimerCount()).toBe(0);
  connect();
  expect(vi.getTimerCount()).toBe(1);
  guard.close();
  expect(vi.getTimerCount()).toBe(0);
  connect();
  expect(vi.getTimerCount()).toBe(0);
});

test("a guard leaves out bytes that are not the client's, and exempts from lists and limits", () => {
  const { guard } = setUp({
    deny: ['192.0.2.1'],
    maxConnectionsPerAddress: 1,
    firstByteTimeoutMs: 3_000,
    maxConnectionBytes: 10,
  });
  const [silent, talking, much] = [
    new TestConnection(),
    new TestConnection(),
    new TestConnection(),
  ];
  for (const connection of [silent, talking, much]) {
    connection.counters.bytesRead = 28;
    expect(guard.admit(connection, { ignoredBytes: 28, exempt: true })).toBe(true);
  }
  talking.counters.bytesRead += 10;
  much.counters.bytesRead += 11;
  vi.advanceTimersByTime(3_000);
  expect([silent, talking, much].map(({ destroyed }) => destroyed)).toEqual([true, false, true]);
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, firstByteTimeout: 1, bytes: 1 });
});

test('a guard counts what a layer on top of a connection buffers', () => {
  const { guard, connect } = setUp({ maxTotalBufferedBytes: 100 });
  const connections = [connect(), connect()];
  for (const [index, connection] of connections.entries()) {
    connection.counters.writableLength = 30;
    const layer = new TestConnection();
    layer.counters.readableLength = index * 50;
    guard.addLayer(connection, layer);
  }
  guard.sweep();
  expect(connections.map(({ destroyed }) => destroyed)).toEqual([false, true]);
});

test('the timer closes what it found little by little, within half of its interval', () => {
  const { guard, told, connect } = setUp({ firstByteTimeoutMs: 1_000, sweepIntervalMs: 1_000 });
  const connections = Array.from({ length: 1_000 }, () => connect());
  vi.advanceTimersByTime(1_000);
  expect(told).toHaveLength(20);
  vi.advanceTimersByTime(10);
  expect(told).toHaveLength(40);
  // It has said something before its turn came.
  const last = connections.at(-1);
  if (last !== undefined) last.counters.bytesRead = 1;
  vi.advanceTimersByTime(480);
  expect(told).toHaveLength(999);
  expect(last?.destroyed).toBe(false);
  vi.advanceTimersByTime(10_000);
  expect(guard.refusals).toEqual({ ...NO_REFUSALS, firstByteTimeout: 999 });
});

test('the timer closes few connections at once', () => {
  const { guard, told, connect } = setUp({ firstByteTimeoutMs: 1_000, sweepIntervalMs: 1_000 });
  for (let count = 0; count < 8; count += 1) connect();
  vi.advanceTimersByTime(1_000);
  expect(told).toHaveLength(8);
  expect(vi.getTimerCount()).toBe(1);
  guard.close();
});

test('a sweep whose interval has no room for two slices closes all at once', () => {
  const { guard, told, connect } = setUp({ firstByteTimeoutMs: 10, sweepIntervalMs: 10 });
  for (let count = 0; count < 100; count += 1) connect();
  vi.advanceTimersByTime(10);
  expect(told).toHaveLength(100);
  guard.close();
});

test('a guard that is closed in the middle of a sweep closes no more and leaves no timer', () => {
  const { guard, told, connect } = setUp({ firstByteTimeoutMs: 1_000, sweepIntervalMs: 1_000 });
  for (let count = 0; count < 100; count += 1) connect();
  vi.advanceTimersByTime(1_000);
  const first = told.length;
  expect(first).toBeLessThan(100);
  guard.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(10_000);
  expect(told).toHaveLength(first);
  guard.sweep();
  expect(told).toHaveLength(100);
});
