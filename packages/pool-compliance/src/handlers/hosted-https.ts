import https from 'node:https';
import { type ConnectionHandler, serverHandler } from '@sockpool/worker-supervisor';
import { hostingOptions, serveRoutes } from '../hosted/routes.ts';
import { readCertificate } from '../hosted/read-certificate.ts';

/** Hosts a `node:https` server. */
const handler: ConnectionHandler = serverHandler(
  https.createServer(readCertificate(import.meta.url), serveRoutes),
  hostingOptions(import.meta.url),
);

export default handler;
