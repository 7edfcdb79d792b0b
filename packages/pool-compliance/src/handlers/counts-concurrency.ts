import type { ConnectionHandler } from '@sockpool/pool-core';

let open = 0;

/** Greets each client with the number of connections that its worker has open. */
const handler: ConnectionHandler = (connection) => {
  open += 1;
  connection.once('close', () => {
    open -= 1;
  });
  connection.write(`${open}\n`);
  connection.resume();
};

export default handler;
