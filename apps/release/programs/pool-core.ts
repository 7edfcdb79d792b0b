import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { receiveMessageOnPort } from 'node:worker_threads';
// @boundaries-ignore: the package comes packed, into a project of its own
import { ParkableListener, POOL_DEFAULTS, resolvePoolOptions } from '@sockpool/pool-core';

const options = resolvePoolOptions({ handler: import.meta.url, workers: 3 });
assert.equal(options.workers, 3);
assert.deepEqual(options.shutdown, POOL_DEFAULTS.shutdown);

const listener = new ParkableListener(
  {},
  {
    connection: (connection) => connection.end('accepted'),
    acceptError: (error) => {
      throw error;
    },
  },
  receiveMessageOnPort,
);
const address = await listener.listen({ port: 0, host: '127.0.0.1' });
assert(address !== null && typeof address === 'object');
listener.park();
const client = net.connect(address.port, address.address).setEncoding('utf8');
await once(client, 'connect');
listener.unpark();
assert.deepEqual(await once(client, 'data'), ['accepted']);
await once(client, 'close');
listener.close();
