import { expect, test } from 'vitest';
import { type ListenOptions, resolveListenOptions } from './listen-options.ts';

const resolve = (options?: unknown): ReturnType<typeof resolveListenOptions> =>
  resolveListenOptions(options as ListenOptions);

test('resolveListenOptions picks a free port of 127.0.0.1 and the longest backlog by default', async () => {
  const defaults = { port: 0, host: '127.0.0.1', ipv6Only: false, backlog: 65_535 };
  expect(await resolve()).toEqual(defaults);
  expect(await resolve({ port: undefined, host: undefined, path: undefined })).toEqual(defaults);
});

test('resolveListenOptions takes addresses as they are and resolves names', async () => {
  expect(await resolve({ host: '::1', ipv6Only: true })).toMatchObject({
    host: '::1',
    ipv6Only: true,
  });
  expect(await resolve({ host: 'localhost' })).toMatchObject({
    host: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
  });
});

test('resolveListenOptions gives a path and the backlog for a unix-domain socket, and leaves its input alone', async () => {
  const options = Object.freeze({ path: '/run/pool.sock', backlog: 5 });
  expect(await resolve(options)).toEqual({ path: '/run/pool.sock', backlog: 5 });
});

test('resolveListenOptions gives the mode of a unix-domain socket', async () => {
  expect(await resolve({ path: '/run/pool.sock', mode: 0o660 })).toMatchObject({ mode: 0o660 });
});

test('resolveListenOptions gives a descriptor and the backlog', async () => {
  expect(await resolve({ fd: 3 })).toEqual({ fd: 3, backlog: 65_535 });
});

test.each<[given: unknown, error: Error]>([
  [8080, new TypeError('Listen options must be an object, such as { port: 8080 }, got 8080')],
  ['8080', new TypeError("Listen options must be an object, such as { port: 8080 }, got '8080'")],
  [null, new TypeError('Listen options must be an object, such as { port: 8080 }, got null')],
  [{ port: -1 }, new RangeError('Option port must be a whole number, 0 to 65535, got -1')],
  [{ port: 65_536 }, new RangeError('Option port must be a whole number, 0 to 65535, got 65536')],
  [{ port: '80' }, new TypeError("Option port must be a number, got '80'")],
  [{ backlog: 0 }, new RangeError('Option backlog must be a whole number, 1 to 2147483647, got 0')],
  [
    { path: '/run/pool.sock', mode: 0o1777 },
    new RangeError('Option mode must be a whole number, 0 to 511, got 1023'),
  ],
  [
    { mode: 0o660 },
    new TypeError(
      'Cannot set the mode of a TCP port: a unix-domain socket has one; give path as well',
    ),
  ],
  [{ ipv6Only: 'yes' }, new TypeError("Option ipv6Only must be true or false, got 'yes'")],
  [{ host: 1 }, new TypeError('Option host must be an address or a name, got 1')],
  [{ host: '' }, new TypeError("Option host must be an address or a name, got ''")],
  [{ path: '' }, new TypeError("Option path must be a path, got ''")],
  [{ path: 7 }, new TypeError('Option path must be a path, got 7')],
  [{ fd: -1 }, new RangeError('Option fd must be a whole number, 0 to 2147483647, got -1')],
  [{ fd: '3' }, new TypeError("Option fd must be a number, got '3'")],
  [
    { fd: 3, port: 0 },
    new TypeError('Cannot listen on both a descriptor and an address: give fd alone'),
  ],
  [
    { path: '/run/pool.sock', port: 80 },
    new TypeError('Cannot listen on both a path and a port: give path, or port and host'),
  ],
])('resolveListenOptions refuses %o and says what it wants', async (given, error) => {
  await expect(resolve(given)).rejects.toThrow(error);
});
