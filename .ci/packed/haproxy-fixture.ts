import assert from 'node:assert/strict';
import net from 'node:net';
import { text } from 'node:stream/consumers';
// @boundaries-ignore: the package comes packed, into a project of its own
import { startHaproxy, withoutHaproxy } from '@sockpool/haproxy-fixture';

if (withoutHaproxy === undefined) {
  const server = net.createServer((socket) => void socket.end('through HAProxy'));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await using haproxy = await startHaproxy({ backend: `server one 127.0.0.1:${port}` });
  assert.equal(await text(net.connect(haproxy.port, '127.0.0.1')), 'through HAProxy');
  assert.deepEqual([...(await haproxy.servers()).keys()], ['one']);
  server.close();
} else {
  assert.match(withoutHaproxy, /^haproxy cannot be run/);
}
