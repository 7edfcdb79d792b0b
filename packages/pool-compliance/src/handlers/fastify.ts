import { serverHandler } from '@sockpool/worker-supervisor';
import fastify from 'fastify';

const app = fastify();
app.get<{ Params: { name: string } }>('/hello/:name', (request) =>
  Promise.resolve({ hello: request.params.name }),
);
await app.ready();

export default serverHandler(app.server);
