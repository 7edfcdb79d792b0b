import { appendFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fastify } from 'fastify';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';

const file = new URL(import.meta.url).searchParams.get('file') ?? '';
let open = true;
const app = fastify();
app.get<{ Params: { name: string } }>('/hello/:name', async ({ params }, reply) => {
  // As with a database that is closed too early.
  if (!open) return reply.code(500).send();
  return { hello: params.name };
});
app.get('/slow', async () => {
  await delay(300);
  return { open };
});
if (file !== '') {
  app.addHook('onResponse', async () => {
    await delay(300);
    await appendFile(file, 'responded\n');
  });
}
app.addHook('onClose', async () => {
  open = false;
  await delay(300);
  if (file !== '') await appendFile(file, 'closed\n');
});
await app.ready();

/** Hosts a Fastify application that is closed when its worker leaves. */
const handler: ConnectionHandler = serverHandler(app.server, { onDraining: () => app.close() });

export default handler;
