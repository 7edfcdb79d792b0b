import type { ConnectionHandler } from '@sockpool/pool-core';

/** Blocks its worker's event loop for ever at the first byte. */
const handler: ConnectionHandler = (connection) => {
  connection.once('data', () => {
    connection.write('blocking\n', () => {
      for (;;);
    });
  });
};

export default handler;
