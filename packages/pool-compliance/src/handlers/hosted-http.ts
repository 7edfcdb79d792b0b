import http from 'node:http';
import { type ConnectionHandler, serverHandler } from '@sockpool/worker-supervisor';
import { hostingOptions, serveRoutes } from '../hosted/routes.ts';

/** Hosts a plain `node:http` server. */
const handler: ConnectionHandler = serverHandler(
  http.createServer(serveRoutes),
  hostingOptions(import.meta.url),
);

export default handler;
