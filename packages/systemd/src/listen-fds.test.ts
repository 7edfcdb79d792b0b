import { describe, expect, test } from 'vitest';
import { listenFds } from './listen-fds.ts';

const own = String(process.pid);

describe('listenFds()', () => {
  test('lists the descriptors from 3 on, with their names', () => {
    const environment = { LISTEN_PID: own, LISTEN_FDS: '2', LISTEN_FDNAMES: 'web:admin' };
    expect(listenFds({ environment })).toEqual([
      { fd: 3, name: 'web' },
      { fd: 4, name: 'admin' },
    ]);
    expect(listenFds({ environment: { LISTEN_PID: own, LISTEN_FDS: '1' } })).toEqual([
      { fd: 3, name: 'unknown' },
    ]);
  });

  test('removes the variables, so that a second call and child processes see none', () => {
    const environment: NodeJS.ProcessEnv = {
      LISTEN_PID: own,
      LISTEN_FDS: '1',
      LISTEN_FDNAMES: 'web',
      LISTEN_PIDFDID: '1',
      PATH: '/bin',
    };
    expect(listenFds({ environment, keepEnvironment: true })).toHaveLength(1);
    expect(listenFds({ environment })).toHaveLength(1);
    expect(environment).toEqual({ PATH: '/bin' });
    expect(listenFds({ environment })).toEqual([]);
  });

  test('gives none without the variables, and none that were passed to another process', () => {
    expect(listenFds({ environment: {} })).toEqual([]);
    expect(listenFds({ environment: { LISTEN_PID: own } })).toEqual([]);
    expect(listenFds({ environment: { LISTEN_PID: own, LISTEN_FDS: '0' } })).toEqual([]);
    const environment = { LISTEN_PID: String(process.ppid), LISTEN_FDS: 'whatever' };
    expect(listenFds({ environment })).toEqual([]);
    expect(environment).toEqual({});
  });

  test.each([
    [
      { LISTEN_PID: 'one', LISTEN_FDS: '1' },
      'LISTEN_PID',
      "must be the id of a process, got 'one'",
    ],
    [{ LISTEN_PID: '0', LISTEN_FDS: '1' }, 'LISTEN_PID', "got '0'"],
    [{ LISTEN_PID: own, LISTEN_FDS: '-1' }, 'LISTEN_FDS', "0 to 65536, got '-1'"],
    [{ LISTEN_PID: own, LISTEN_FDS: '1e3' }, 'LISTEN_FDS', "got '1e3'"],
    [{ LISTEN_PID: own, LISTEN_FDS: '' }, 'LISTEN_FDS', "got ''"],
    [{ LISTEN_PID: own, LISTEN_FDS: '65537' }, 'LISTEN_FDS', 'must be a whole number'],
    [
      { LISTEN_PID: own, LISTEN_FDS: '65536' },
      'LISTEN_FDS',
      /must be the number of descriptors that are open from 3 on, which is \d+, got '65536'$/,
    ],
    [
      { LISTEN_PID: own, LISTEN_FDS: '2', LISTEN_FDNAMES: 'web' },
      'LISTEN_FDNAMES',
      "must be 2 names with ':' between them, got 'web'",
    ],
  ])('refuses %o', (environment, variable, message) => {
    expect(() => listenFds({ environment })).toThrow(
      expect.objectContaining({
        code: 'ERR_SOCKET_ACTIVATION',
        variable,
        message: expect.stringMatching(message),
      }),
    );
    expect(environment).toEqual({});
  });
});
