import { expect, test } from 'vitest';
import {
  POOL_DEFAULTS,
  type PoolOptions,
  type ResolvedPoolOptions,
  resolvePoolOptions,
} from './pool-options.ts';
import { autoWorkers } from './workers/worker-count.ts';

const HANDLER = 'file:///srv/handler.js';

const resolve = (options: object = {}): ResolvedPoolOptions =>
  resolvePoolOptions({ handler: HANDLER, ...options });

test('resolvePoolOptions fills in every default', () => {
  const { scheduling: _, ...defaults } = POOL_DEFAULTS;
  expect(resolve()).toEqual({
    ...defaults,
    handlerUrl: HANDLER,
    workers: autoWorkers().workers,
    workersReason: autoWorkers().reason,
    workerData: undefined,
    scheduling: 'least-connections',
  });
});

test('resolvePoolOptions takes an option that is undefined for one that is not given, nested ones too', () => {
  const unset = {
    workers: undefined,
    scheduling: undefined,
    logger: undefined,
    connection: { noDelay: undefined, keepAlive: true },
    respawn: undefined,
    shutdown: { graceMs: undefined, killMs: 5 },
  };
  const { connection, respawn, shutdown, workers } = resolve(unset);
  expect(workers).toBe(autoWorkers().workers);
  expect(connection).toEqual({ ...POOL_DEFAULTS.connection, keepAlive: true });
  expect(respawn).toEqual(POOL_DEFAULTS.respawn);
  expect(shutdown).toEqual({ ...POOL_DEFAULTS.shutdown, killMs: 5 });
});

test('resolvePoolOptions leaves its input alone, and what it gives cannot be changed', () => {
  const options: PoolOptions = {
    handler: new URL(HANDLER),
    workers: 3,
    connection: { noDelay: false },
    respawn: { maxConsecutiveCrashes: Infinity },
    shutdown: { graceMs: Infinity },
  };
  const before = structuredClone({ ...options, handler: HANDLER });
  const resolved = resolvePoolOptions(options);
  expect({ ...options, handler: HANDLER }).toEqual(before);
  for (const part of [resolved, resolved.connection, resolved.respawn, resolved.shutdown]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

test.each([
  [new URL(HANDLER), HANDLER],
  [HANDLER, HANDLER],
  ['/srv/with space.js', 'file:///srv/with%20space.js'],
  ['data:text/javascript,export default()=>{}', 'data:text/javascript,export default()=>{}'],
])('A handler module may be given as %s', (handler, url) => {
  expect(resolve({ handler }).handlerUrl).toBe(url);
});

const tryUrl = "; try new URL('./handler.js', import.meta.url)";

test.each<[given: object, error: Error]>([
  ...['./handler.js', '', 'handler'].map((handler): [object, Error] => [
    { handler },
    new TypeError(
      `Option handler must be a URL or an absolute path of a module, got '${handler}'${tryUrl}`,
    ),
  ]),
  [
    { handler: undefined },
    new TypeError(
      `Option handler must be a URL or an absolute path of a module, got undefined${tryUrl}`,
    ),
  ],
  [
    { handler: () => undefined },
    new TypeError(
      `Option handler must be a URL or an absolute path of a module, got a function${tryUrl}`,
    ),
  ],
  [{ workers: 0 }, new RangeError('Option workers must be a whole number, 1 to 1024, got 0')],
  [{ workers: 1.5 }, new RangeError('Option workers must be a whole number, 1 to 1024, got 1.5')],
  [{ workers: 1025 }, new RangeError('Option workers must be a whole number, 1 to 1024, got 1025')],
  [
    { workers: Number.NaN },
    new RangeError('Option workers must be a whole number, 1 to 1024, got NaN'),
  ],
  [
    { workers: '4' },
    new TypeError("Option workers must be a whole number, 1 to 1024, or 'auto', got '4'"),
  ],
  [{ workers: 4n }, new TypeError('Option workers must be a number, got 4')],
  [
    { maxConnectionsPerWorker: 0 },
    new RangeError(
      'Option maxConnectionsPerWorker must be a whole number, 1 or more, or Infinity, got 0',
    ),
  ],
  [
    { scheduling: 'random' },
    new TypeError(
      "Option scheduling must be one of 'least-connections', 'round-robin', 'first-available', 'power-of-two-choices', 'least-utilized', 'client-affinity', or a function, got 'random'",
    ),
  ],
  [
    { bootTimeoutMs: -1 },
    new RangeError('Option bootTimeoutMs must be a whole number, 0 to 2147483647, got -1'),
  ],
  [
    { bootTimeoutMs: Infinity },
    new RangeError('Option bootTimeoutMs must be a whole number, 0 to 2147483647, got Infinity'),
  ],
  [
    { acceptIdleTimeoutMs: 2 ** 31 },
    new RangeError(
      'Option acceptIdleTimeoutMs must be a whole number, 0 to 2147483647, or Infinity, got 2147483648',
    ),
  ],
  [
    { closeOnSignals: 'SIGTERM' },
    new TypeError("Option closeOnSignals must be true or false, got 'SIGTERM'"),
  ],
  [{ connection: false }, new TypeError('Option connection must be an object, got false')],
  [{ respawn: 'never' }, new TypeError("Option respawn must be an object, got 'never'")],
  [{ shutdown: 5_000 }, new TypeError('Option shutdown must be an object, got 5000')],
  [{ shutdown: [] }, new TypeError('Option shutdown must be an object, got an array')],
  ...(['allowHalfOpen', 'noDelay', 'keepAlive'] as const).map((name): [object, Error] => [
    { connection: { [name]: 1 } },
    new TypeError(`Option connection.${name} must be true or false, got 1`),
  ]),
  [
    { connection: { keepAliveInitialDelayMs: 0.5 } },
    new RangeError(
      'Option connection.keepAliveInitialDelayMs must be a whole number, 0 to 2147483647, got 0.5',
    ),
  ],
  ...(['initialDelayMs', 'maxDelayMs', 'stableAfterMs'] as const).map((name): [object, Error] => [
    { respawn: { [name]: -1 } },
    new RangeError(`Option respawn.${name} must be a whole number, 0 to 2147483647, got -1`),
  ]),
  [
    { respawn: { maxConsecutiveCrashes: 0 } },
    new RangeError(
      'Option respawn.maxConsecutiveCrashes must be a whole number, 1 or more, or Infinity, got 0',
    ),
  ],
  [
    { shutdown: { graceMs: new Date(0) } },
    new TypeError('Option shutdown.graceMs must be a number, got an object of class Date'),
  ],
  ...(['terminateMs', 'killMs'] as const).map((name): [object, Error] => [
    { shutdown: { [name]: Infinity } },
    new RangeError(`Option shutdown.${name} must be a whole number, 0 to 2147483647, got Infinity`),
  ]),
  [
    { logger: { info: () => undefined } },
    new TypeError(
      'Option logger must have the methods debug, info, warn and error, got an object of class Object without debug',
    ),
  ],
  [
    { logger: 'console' },
    new TypeError("Option logger must have the methods debug, info, warn and error, got 'console'"),
  ],
])('resolvePoolOptions refuses %o and says what it wants', (given, error) => {
  expect(() => resolve(given)).toThrow(error);
});

test.each([
  ['graceMs', 'shutdown.graceMs'],
  ['stuckTimeoutMs', 'health.stuckTimeoutMs'],
  ['maxConsecutiveCrashes', 'respawn.maxConsecutiveCrashes'],
  ['port', 'port of listen()'],
])('An option beside its group is refused, and where it belongs is said: %s', (name, meant) => {
  expect(() => resolve({ [name]: 1 })).toThrow(
    `Unknown option ${name} of a pool: did you mean ${meant}? Allowed are handler, `,
  );
});

test.each([[undefined], [null], ['/srv/handler.js']])(
  'Pool options must be an object, not %o',
  (options) => {
    const message = `Pool options must be an object, such as { handler }, got ${typeof options === 'string' ? `'${options}'` : options}`;
    expect(() => resolvePoolOptions(options as unknown as PoolOptions)).toThrow(
      new TypeError(message),
    );
  },
);

test('A logger may be a console, or an instance of a class', () => {
  class Log {
    debug(): void {}
    info(): void {}
    warn(): void {}
    error(): void {}
  }
  const log = new Log();
  expect(resolve({ logger: log }).logger).toBe(log);
  expect(resolve({ logger: console }).logger).toBe(console);
});
