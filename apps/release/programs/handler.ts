import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
// @boundaries-ignore: the package comes packed, into a project of its own
import { GracefulServer, serverHandler } from '@sockpool/handler';
// @boundaries-ignore: the package comes packed, into a project of its own
import { loadHandler } from '@sockpool/handler/hosting';

assert.equal(
  typeof (await loadHandler(new URL('./upper-case-handler.ts', import.meta.url).href)),
  'function',
);

const graceful = new GracefulServer(
  serverHandler(http.createServer((_request, response) => void response.end('served'))),
);
graceful.server.listen(0, '127.0.0.1');
await once(graceful.server, 'listening');
const address = graceful.server.address();
assert(address !== null && typeof address === 'object');
const response = await fetch(`http://127.0.0.1:${address.port}/`);
assert.equal(await response.text(), 'served');
const { cutConnections } = await graceful.close({ graceMs: 10_000 });
assert.equal(cutConnections, 0);
