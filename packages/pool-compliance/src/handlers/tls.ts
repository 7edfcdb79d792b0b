import tls from 'node:tls';
import { type ConnectionHandler, serverHandler } from '@sockpool/worker-supervisor';

let hosted: ConnectionHandler | undefined;

/** Upper-case echo over TLS; key and certificate as in `https.ts`. */
const handler: ConnectionHandler = (connection, context) => {
  hosted ??= serverHandler(
    tls.createServer(context.workerData as { key: string; cert: string }, (secure) => {
      secure.on('data', (chunk: Buffer) => secure.write(chunk.toString().toUpperCase()));
    }),
  );
  return hosted(connection, context);
};

export default handler;
