import type { ConnectionHandler } from '@sockpool/pool-core';

/** Ends its side when it hears that the client has ended, and not before. */
const handler: ConnectionHandler = (connection) => {
  connection.once('end', () => connection.end()).resume();
};

export default handler;
