import type { ConnectionHandler } from '@sockpool/worker-supervisor';

/** Answers each line with the line in upper case; made for load. */
const handler: ConnectionHandler = (connection) => {
  let rest = '';
  connection.setEncoding('utf8');
  connection.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) connection.write(`${lines.join('\n')}\n`.toUpperCase());
  });
};

export default handler;
