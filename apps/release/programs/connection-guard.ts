import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
// @boundaries-ignore: the package comes packed, into a project of its own
import { ConnectionGuard } from '@sockpool/connection-guard';

const guard = new ConnectionGuard({ deny: ['127.0.0.0/8'] });
const server = net
  .createServer((connection) => {
    assert.equal(guard.admit(connection), false);
  })
  .listen(0, '127.0.0.1');
await once(server, 'listening');
const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
client.on('error', () => undefined).resume();
await once(client, 'close');
assert.equal(guard.refusals.denied, 1);
assert.throws(() => new ConnectionGuard({ idleTimeoutMs: -1 }), RangeError);
guard.close();
server.close();
