import Fastify from 'fastify';

const fastify = Fastify({ logger: false });
fastify.get('/', async () => 'hello');
await fastify.listen({ port: 3000 });
