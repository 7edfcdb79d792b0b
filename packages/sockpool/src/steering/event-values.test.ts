import { expect, test } from 'vitest';
import { eventValues } from './event-values.ts';

test('An error of an event says what it is and where it was thrown, a number no more than is read', () => {
  const error = {
    name: 'Error',
    message: 'boom',
    location: { file: '/app/server.js', line: 3, column: 7 },
  };
  expect(eventValues({ worker: { workerId: 1, pid: 71 }, error, delayMs: 132.76543210987 })).toBe(
    'worker={"workerId":1,"pid":71} error="boom (/app/server.js:3:7)" delayMs=132.8',
  );
  expect(eventValues({ error: { name: 'Error', message: 'boom' }, code: null })).toBe(
    'error="boom" code=null',
  );
});
