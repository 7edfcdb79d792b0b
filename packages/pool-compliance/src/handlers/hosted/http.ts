import http from 'node:http';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';
import { hostingOptions, serveRoutes } from '../../hosted/routes.ts';

const timeoutMs = new URL(import.meta.url).searchParams.get('headersTimeoutMs');
const server = http.createServer(
  timeoutMs === null
    ? {}
    : { headersTimeout: Number(timeoutMs), connectionsCheckingInterval: Number(timeoutMs) },
  serveRoutes,
);

/** Hosts a plain `node:http` server. */
const handler: ConnectionHandler = serverHandler(server, hostingOptions(import.meta.url));

export default handler;
