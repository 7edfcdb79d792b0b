import assert from 'node:assert/strict';
// @boundaries-ignore: the package comes packed, into a project of its own
import {
  listenFds,
  SdNotifyError,
  sdNotify,
  SocketActivationError,
  watchdogMs,
} from '@sockpool/systemd';

assert.deepEqual(listenFds({ environment: {} }), []);
const environment = { LISTEN_PID: String(process.pid), LISTEN_FDS: '1', LISTEN_FDNAMES: 'web' };
assert.deepEqual(listenFds({ environment }), [{ fd: 3, name: 'web' }]);
assert.deepEqual(environment, {});
assert.throws(
  () => listenFds({ environment: { LISTEN_PID: String(process.pid), LISTEN_FDS: 'x' } }),
  SocketActivationError,
);

assert.equal(await sdNotify({ READY: 1 }, { environment: {} }), false);
await assert.rejects(
  sdNotify({ READY: 1 }, { environment: { NOTIFY_SOCKET: '/x' }, command: 'no-such-program' }),
  SdNotifyError,
);
assert.equal(watchdogMs({ WATCHDOG_USEC: '2000' }), 2);
