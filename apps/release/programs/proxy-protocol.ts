import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
// @boundaries-ignore: the package comes packed, into a project of its own
import {
  createProxyHeaderDecoder,
  encodeProxyHeader,
  InvalidProxyHeaderError,
  proxyProtocol,
} from '@sockpool/proxy-protocol';

const header = encodeProxyHeader({
  version: 2,
  source: { address: '203.0.113.7', port: 4711 },
  destination: { address: '198.51.100.1', port: 443 },
  checksummed: true,
});
assert.equal(createProxyHeaderDecoder().push(header)?.header.checksummed, true);
assert.throws(() => createProxyHeaderDecoder().push(Buffer.from('GET /')), InvalidProxyHeaderError);

const handler = proxyProtocol({ trusted: ['127.0.0.1'] }, (connection) => {
  connection.end(String(connection.remoteAddress));
});
const server = net.createServer((connection) => void handler(connection)).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
client.write(header);
assert.deepEqual((await once(client, 'data')).map(String), ['203.0.113.7']);
await once(client, 'close');
server.close();
