import type { ConnectionHandler } from '@sockpool/pool-core';

/** Blocks its worker's event loop forever at the first byte. */
const handler: ConnectionHandler = (connection) => {
  connection.once('data', () => {
    connection.write('blocking\n', () => {
      for (;;);
    });
  });
};

export default handler;
