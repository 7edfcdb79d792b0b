import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
// @boundaries-ignore: the package comes packed, into a project of its own
import { assertZeroLoss, checkZeroLoss } from '@sockpool/zero-loss';

const server = net.createServer((connection) => {
  connection.on('error', () => undefined);
  connection.on('data', (chunk) => connection.write(chunk.toString().toUpperCase()));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const report = await checkZeroLoss({
  address: server.address() as net.AddressInfo,
  disruptions: [{ name: 'none', run: async () => undefined }],
  held: { connections: 2, rate: 50 },
  newConnections: { rate: 10 },
  quietMs: 100,
});
assertZeroLoss(report);
assert.ok(report.right > 0);
server.close();
