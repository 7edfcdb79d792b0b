import { expect, test } from 'vitest';
import { EventLog } from './event-log.ts';

const at = '2026-01-02T03:04:05.000Z';
const worker = { workerId: 2, nativeId: 77, generation: 1, state: 'exited' };

test('An event is told in words, and what the plots mark is marked', () => {
  const log = new EventLog();
  log.add({ event: 'restarting', at, data: { generation: 3 } });
  log.add({
    event: 'restarted',
    at,
    data: { report: { generation: 3, cutConnections: 1, durationMs: 1_234 } },
  });
  log.add({
    event: 'workerExit',
    at,
    data: { worker, exit: { code: null, signal: 'SIGKILL', expected: false } },
  });
  expect(log.events).toMatchObject([
    { id: 1, level: 'info', text: 'Restart 3 begins', mark: { kind: 'restart' } },
    { text: 'Restart 3 is done after 1.2 s, 1 connection cut', mark: { kind: 'restarted' } },
    {
      id: 3,
      atMs: Date.parse(at),
      level: 'error',
      text: 'Worker 2 died by SIGKILL',
      mark: { kind: 'crash' },
    },
  ]);
});

test.each([
  [{ limit: 'maxAgeMs', value: 401, threshold: 400 }, 'maxAgeMs of 400'],
  [{ limit: 'request', value: 1, threshold: 1, request: 'it is closed' }, 'it is closed'],
])('Of a worker that is recycled for %j it says %s', (reason, text) => {
  const log = new EventLog();
  const told = log.add({ event: 'workerRecycle', at, data: { worker, reason } });
  expect(told.text).toBe(`Worker 2 is recycled: ${text}`);
});

test('An error comes with its stack, and those of its causes', () => {
  const log = new EventLog();
  const error = {
    name: 'Error',
    message: 'no database',
    stack: 'Error: no database\n    at a.js:1',
    cause: { name: 'Error', message: 'refused', stack: 'Error: refused\n    at b.js:2' },
  };
  expect(log.add({ event: 'handlerError', at, data: { error, worker } })).toMatchObject({
    text: 'A handler of worker 2 failed: no database',
    details: 'Error: no database\n    at a.js:1\ncaused by Error: refused\n    at b.js:2',
  });
});

test('It keeps the last 300, and an event that it does not know by its name', () => {
  const log = new EventLog();
  for (let index = 0; index < 400; index += 1) log.add({ event: 'acceptIdle', at, data: {} });
  expect(log.events).toHaveLength(300);
  expect(log.events.at(-1)?.id).toBe(400);
  expect(log.add({ event: 'brandNew' as 'closing', at, data: {} }).text).toBe('brandNew');
});
