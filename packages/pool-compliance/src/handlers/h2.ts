import http2 from 'node:http2';
import { type ConnectionHandler, serverHandler } from '@sockpool/worker-supervisor';

let hosted: ConnectionHandler | undefined;

/** HTTP/2 over TLS, with HTTP/1 for clients that know no better; key and certificate as in `https.ts`. */
const handler: ConnectionHandler = (connection, context) => {
  hosted ??= serverHandler(
    http2.createSecureServer(
      { ...(context.workerData as { key: string; cert: string }), allowHTTP1: true },
      (request, response) => void response.end(`h${request.httpVersion} ${request.url}`),
    ),
  );
  return hosted(connection, context);
};

export default handler;
