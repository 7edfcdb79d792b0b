import { expect, onTestFinished, test, vi } from 'vitest';
import { connections, dispatching } from '../../../test/fixtures/dispatching.ts';

test('Dispatcher that rejects sheds the newest when more wait than may', () => {
  const overload = { policy: 'reject', maxQueuedConnections: 2 } as const;
  const { connect, close, dispatcher, first, shed } = dispatching({ workers: 1, overload });
  const all = [connect(), connect(), connect(), connect(), connect()];
  expect(shed.map(([connection, reason]) => [connection, reason])).toEqual([
    [all[3], 'queue-full'],
    [all[4], 'queue-full'],
  ]);
  expect(dispatcher.waiting).toBe(2);
  close(first);
  close(first);
  expect(connections(first)).toEqual(all.slice(0, 3));
  dispatcher.cutWaiting();
});

test('Dispatcher that drops the oldest sheds it when more wait than may', () => {
  const overload = { policy: 'drop-oldest', maxQueuedConnections: 2 } as const;
  const { connect, close, dispatcher, first, shed } = dispatching({ workers: 1, overload });
  const all = [connect(), connect(), connect(), connect(), connect()];
  expect(shed.map(([connection, reason]) => [connection, reason])).toEqual([
    [all[1], 'dropped-oldest'],
    [all[2], 'dropped-oldest'],
  ]);
  close(first);
  close(first);
  expect(connections(first)).toEqual([all[0], all[3], all[4]]);
  dispatcher.cutWaiting();
});

test('Dispatcher without a queue sheds what finds no free capacity, and nothing else', () => {
  const overload = { policy: 'reject', maxQueuedConnections: 0 } as const;
  const { connect, first, second, shed } = dispatching({ overload });
  const all = [connect(), connect(), connect()];
  expect([...connections(first), ...connections(second)]).toEqual(all.slice(0, 2));
  expect(shed.map(([connection]) => connection)).toEqual([all[2]]);
});

test('Dispatcher sheds each connection when it has waited for long enough', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const overload = { policy: 'reject', queueTimeoutMs: 100 } as const;
  const { connect, close, first, shed } = dispatching({ workers: 1, overload });
  connect();
  const early = connect();
  vi.advanceTimersByTime(60);
  const [late, served] = [connect(), connect()];
  vi.advanceTimersByTime(39);
  expect(shed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(shed).toEqual([[early, 'queue-timeout', 100]]);
  close(first);
  expect(connections(first)).toContain(late);
  vi.advanceTimersByTime(59);
  close(first);
  expect(connections(first)).toContain(served);
  expect(shed).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('Dispatcher does not give a connection that was refused more time than others', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const overload = { policy: 'reject', queueTimeoutMs: 100 } as const;
  const { connect, dispatcher, first, shed } = dispatching({ workers: 1, overload });
  const connection = connect();
  vi.advanceTimersByTime(70);
  first.state = 'draining';
  dispatcher.refused(first.got[0]?.connectionId ?? -1);
  vi.advanceTimersByTime(30);
  expect(shed).toEqual([[connection, 'queue-timeout', 100]]);
});

test('Dispatcher keeps a connection that cannot be handed over until it can, and others behind it', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let can = false;
  const { dispatcher, connect, close, first } = dispatching({ workers: 1, canHandOff: () => can });
  const all = [connect(), connect(), connect()];
  vi.advanceTimersByTime(1_000);
  expect([connections(first), dispatcher.waiting]).toEqual([[], 3]);
  can = true;
  vi.advanceTimersByTime(1_000);
  expect(connections(first)).toEqual([all[0]]);
  can = false;
  close(first);
  vi.advanceTimersByTime(1_000);
  expect([connections(first), dispatcher.waiting]).toEqual([[all[0]], 2]);
  can = true;
  vi.advanceTimersByTime(1_000);
  expect(connections(first)).toEqual([all[0], all[1]]);
  close(first);
  expect(connections(first)).toEqual(all);
  expect(vi.getTimerCount()).toBe(0);
});
