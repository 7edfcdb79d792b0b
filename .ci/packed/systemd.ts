import assert from 'node:assert/strict';
import { listenFds, SocketActivationError } from '@sockpool/systemd';

assert.deepEqual(listenFds({ environment: {} }), []);
const environment = { LISTEN_PID: String(process.pid), LISTEN_FDS: '1', LISTEN_FDNAMES: 'web' };
assert.deepEqual(listenFds({ environment }), [{ fd: 3, name: 'web' }]);
assert.deepEqual(environment, {});
assert.throws(
  () => listenFds({ environment: { LISTEN_PID: String(process.pid), LISTEN_FDS: 'x' } }),
  SocketActivationError,
);
