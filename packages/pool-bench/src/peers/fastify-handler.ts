import { type ConnectionHandler, serverHandler } from '@sockpool/handler';
import type { Server } from 'node:http';
import { createPeerServer } from './peer-app.ts';

/** The app that the peers serve, for a pool. */
const handler: ConnectionHandler = serverHandler((await createPeerServer('fastify')) as Server);

export default handler;
