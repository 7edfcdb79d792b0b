import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { drainWebSockets, type DrainWebSocketsOptions } from './drain-web-sockets.ts';
import { setCurrentWorker } from '../contract/current-worker.ts';

/** A WebSocket that answers the closing handshake at once. */
class FakeSocket extends EventEmitter {
  readyState = 1;
  readonly closes: { readonly told: string; readonly atMs: number }[] = [];

  close(code: number, reason: string): void {
    this.closes.push({ told: `${code} ${reason}`, atMs: performance.now() });
    this.readyState = 3;
    this.emit('close');
  }
}

const ignore = (): undefined => undefined;

function server(count: number): { clients: Set<FakeSocket> } {
  return { clients: new Set(Array.from({ length: count }, () => new FakeSocket())) };
}

/** When each was told, in milliseconds. */
const times = ({ clients }: { clients: Set<FakeSocket> }): number[] =>
  [...clients].flatMap(({ closes }) => closes.map(({ atMs }) => atMs));

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  vi.useRealTimers();
  Reflect.deleteProperty(globalThis, Symbol.for('@sockpool/handler/current-worker'));
});

/** This program is a worker, which is told to go. */
function worker(graceMs: number): { leave: () => Promise<unknown>[] } {
  const leaving = new AbortController();
  const work: Promise<unknown>[] = [];
  let deadlineMs = Infinity;
  setCurrentWorker({
    id: 0,
    generation: 0,
    addresses: [],
    signal: leaving.signal,
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    workerData: undefined,
    waitUntil: (promise) => void work.push(Promise.resolve(promise)),
    onStart: ignore,
    onStop: ignore,
    get departure() {
      return { reason: 'restart' as const, deadlineMs, expectsConnections: false };
    },
  });
  const leave = (): Promise<unknown>[] => {
    deadlineMs = performance.now() + graceMs;
    leaving.abort();
    return work;
  };
  return { leave };
}

test('Every WebSocket is told 1012, spread evenly over the time', async () => {
  const sockets = server(4);
  const startMs = performance.now();
  const drained = drainWebSockets(sockets, { spreadMs: 1_000 })();
  await vi.runAllTimersAsync();
  await drained;
  expect(times(sockets).map((time) => time - startMs)).toEqual([0, 250, 500, 750]);
  for (const { closes } of sockets.clients) expect(closes).toMatchObject([{ told: '1012 ' }]);
});

test('In a worker it begins by itself, ends within the grace period, and makes the worker wait', async () => {
  const { leave } = worker(1_000);
  const sockets = server(10);
  const end = drainWebSockets(sockets, { code: 4_000, reason: 'moved', spreadMs: 60_000 });
  await vi.runAllTimersAsync();
  expect(times(sockets)).toEqual([]);
  const startMs = performance.now();
  const [work] = leave();
  const late = new FakeSocket();
  sockets.clients.add(late);
  await vi.advanceTimersByTimeAsync(200);
  // Nobody is told twice, and one that has come late is told by the end.
  const ended = end();
  await vi.runAllTimersAsync();
  await Promise.all([work, ended]);
  expect(times(sockets)).toHaveLength(11);
  expect(Math.max(...times(sockets)) - startMs).toBeLessThanOrEqual(750);
  expect(late.closes).toMatchObject([{ told: '4000 moved' }]);
});

test('WebSockets that have closed are left alone', async () => {
  const sockets = server(2);
  const [gone] = sockets.clients;
  gone!.readyState = 3;
  const drained = drainWebSockets(sockets)();
  await vi.runAllTimersAsync();
  await drained;
  expect(times(sockets)).toHaveLength(1);
});

test.each<[unknown, string]>([
  [{}, "the server must have its WebSockets in 'clients'"],
  [undefined, "the server must have its WebSockets in 'clients'"],
  [{ clients: 5 }, "the server must have its WebSockets in 'clients'"],
])('%j is no server of WebSockets', (given, message) => {
  expect(() => drainWebSockets(given as never)).toThrow(message);
});

test.each<[DrainWebSocketsOptions, string]>([
  [{ code: 1_006 }, 'Option code must be 1000 to 1003, 1007 to 1014 or 3000 to 4999, got 1006'],
  [{ code: 2_000 }, 'Option code must be 1000 to 1003'],
  [{ code: 99 }, 'Option code must be a whole number, 1000 to 4999, got 99'],
  [{ reason: 'x'.repeat(124) }, 'Option reason must be a string of 123 bytes at most'],
  [{ spreadMs: -1 }, 'Option spreadMs must be'],
  [{ spread: 5 } as object, 'Unknown option spread of drainWebSockets()'],
])('drainWebSockets() refuses %j', (options, message) => {
  expect(() => drainWebSockets({ clients: [] }, options)).toThrow(message);
});
