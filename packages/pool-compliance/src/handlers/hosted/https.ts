import https from 'node:https';
import { passClientAddress } from '@sockpool/proxy-protocol';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';
import { hostingOptions, serveRoutes } from '../../hosted/routes.ts';
import { readCertificate } from '../../hosted/read-certificate.ts';

const server = https.createServer(readCertificate(import.meta.url), serveRoutes);
passClientAddress(server);

/** Hosts a `node:https` server. */
const handler: ConnectionHandler = serverHandler(server, hostingOptions(import.meta.url));

export default handler;
