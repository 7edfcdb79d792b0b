// As PM2's page on graceful start and shutdown says: tell when ready, and close on SIGINT.
import http from 'node:http';
import { listener } from './listener.mjs';

const server = http.createServer(listener);
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 }, () =>
  process.send?.('ready'),
);
process.on('SIGINT', () => server.close(() => process.exit(0)));
