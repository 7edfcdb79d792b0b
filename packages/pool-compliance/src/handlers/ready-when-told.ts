import { once } from 'node:events';
import net from 'node:net';
import type { ConnectionHandler } from '@sockpool/pool-core';

// Loads when the server on that port, which is the test's, ends the connection.
const told = net.connect(Number(process.env['SOCKPOOL_TEST_DOOR']), '127.0.0.1').resume();
await once(told, 'close');

/** What a client sends ends the worker. */
const handler: ConnectionHandler = (connection) => {
  connection.once('data', () => process.exit(3));
};
export default handler;
