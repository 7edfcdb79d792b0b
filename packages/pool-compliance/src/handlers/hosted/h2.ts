import http2 from 'node:http2';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';
import { hostingOptions, serveRoutes } from '../../hosted/routes.ts';
import { readCertificate } from '../../hosted/read-certificate.ts';

/** Hosts an HTTP/2 server with TLS that also speaks HTTP/1. */
const handler: ConnectionHandler = serverHandler(
  http2.createSecureServer({ ...readCertificate(import.meta.url), allowHTTP1: true }, serveRoutes),
  hostingOptions(import.meta.url),
);

export default handler;
