import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
// @boundaries-ignore: the package comes packed, into a project of its own
import {
  createDecoder,
  createEchoHandler,
  createReplyDecoder,
  encodeMessage,
  FRAMINGS,
  MessageTooLargeError,
} from '@sockpool/echo-protocol';

for (const framing of FRAMINGS) {
  const decoded = createDecoder(framing).push(encodeMessage(framing, 'straße'));
  assert.deepEqual(decoded.map(String), ['straße']);
}
assert.throws(
  () => createDecoder('line', { maxMessageBytes: 2 }).push(encodeMessage('line', 'long')),
  MessageTooLargeError,
);

const server = net.createServer(createEchoHandler({ framing: 'line' })).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
const replies = createReplyDecoder('line');
const received: string[] = [];
client.on('data', (chunk) => received.push(...replies.push(chunk as Buffer).map(String)));
client.end(Buffer.concat([encodeMessage('line', 'hello '), encodeMessage('line', 'straße')]));
await once(client, 'close');
assert.deepEqual(received, ['HELLO', 'STRASSE']);
server.close();
