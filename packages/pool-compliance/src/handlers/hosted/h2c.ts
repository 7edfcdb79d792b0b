import http2 from 'node:http2';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';
import { hostingOptions, serveRoutes } from '../../hosted/routes.ts';

/** Hosts an HTTP/2 server without TLS. */
const handler: ConnectionHandler = serverHandler(
  http2.createServer(serveRoutes),
  hostingOptions(import.meta.url),
);

export default handler;
