import { proxyProtocol } from '@sockpool/proxy-protocol';
import type { ConnectionContext, ConnectionHandler } from '@sockpool/worker-supervisor';
import hosted from './hosted-fastify.ts';

/** Hosts the Fastify application behind a proxy. */
const handler: ConnectionHandler = proxyProtocol<ConnectionContext>(
  {
    trusted: ['127.0.0.1'],
    // A handler error, which the pool counts.
    onRefused: (error) => {
      throw error;
    },
  },
  hosted,
);

export default handler;
