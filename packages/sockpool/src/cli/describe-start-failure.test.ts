import { expect, test } from 'vitest';
import { describeStartFailure } from './describe-start-failure.ts';

function inUse(place: object): Error {
  return Object.assign(new Error('It is in use'), { code: 'EADDRINUSE', ...place });
}

test('Of a port in use it names the option, and how to see who has it', () => {
  const advice = 'It is in use; give another port with --port, or see who has this one:';
  expect(describeStartFailure(inUse({ port: 3000 }), 'linux')).toBe(
    `${advice} ss -ltnp 'sport = :3000'`,
  );
  expect(describeStartFailure(inUse({ port: 80 }), 'darwin')).toBe(
    `${advice} lsof -nP -iTCP:80 -sTCP:LISTEN`,
  );
});

test('Of a path in use, and of any other error, it says the reason alone', () => {
  expect(describeStartFailure(inUse({ address: '/tmp/app.sock' }))).toBe('It is in use');
  expect(describeStartFailure('no')).toBe('no');
});
