import type { ConnectionHandler } from '@sockpool/pool-core';

/** Answers each line in upper case, but the line `remote` with the client's address; made for load. */
const handler: ConnectionHandler = (connection) => {
  const remote = `${connection.remoteAddress} ${connection.remotePort}`;
  let rest = '';
  connection.setEncoding('utf8');
  connection.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length === 0) return;
    const replies = lines.map((line) => (line === 'remote' ? remote : line.toUpperCase()));
    connection.write(`${replies.join('\n')}\n`);
  });
};

export default handler;
