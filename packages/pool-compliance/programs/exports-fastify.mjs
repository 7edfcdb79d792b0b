import Fastify from 'fastify';

const fastify = Fastify({ logger: false });
fastify.get('/', async () => 'hello');

export default fastify;
