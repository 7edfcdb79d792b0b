import http from 'node:http';
import http2 from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';
import { hostingOptions, serveRoutes } from '../../hosted/routes.ts';

const options = hostingOptions(import.meta.url);
const http1: ConnectionHandler = serverHandler(http.createServer(serveRoutes), options);
const h2: ConnectionHandler = serverHandler(http2.createServer(serveRoutes), options);

/** Hosts an HTTP/1 and an HTTP/2 server, between which the pool's TLS lets clients choose. */
const handler: ConnectionHandler = (connection, context) =>
  (connection as TLSSocket).alpnProtocol === 'h2'
    ? h2(connection, context)
    : http1(connection, context);

export default handler;
