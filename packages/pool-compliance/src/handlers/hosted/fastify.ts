import { fastify } from 'fastify';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';

const app = fastify();
app.get<{ Params: { name: string } }>('/hello/:name', ({ params }) => ({ hello: params.name }));
app.post('/json', ({ body }) => ({ got: body }));
await app.ready();

/** Hosts a Fastify application. */
const handler: ConnectionHandler = serverHandler(app.server);

export default handler;
