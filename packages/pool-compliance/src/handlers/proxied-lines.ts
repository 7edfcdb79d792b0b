import { proxyProtocol } from '@sockpool/proxy-protocol';
import type { ConnectionContext, ConnectionHandler } from '@sockpool/worker-supervisor';

/** Behind a proxy: answers each line in upper case, but the line `who` with the client's address. */
const handler: ConnectionHandler = proxyProtocol<ConnectionContext>(
  {
    trusted: ['127.0.0.1'],
    // A handler error, which the pool counts.
    onRefused: (error) => {
      throw error;
    },
  },
  (connection) => {
    const who = `${connection.remoteAddress}:${connection.remotePort}`;
    let rest = '';
    connection.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) connection.write(`${line === 'who' ? who : line.toUpperCase()}\n`);
    });
  },
);

export default handler;
