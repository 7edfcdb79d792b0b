import tls from 'node:tls';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';
import { readCertificate } from '../../hosted/read-certificate.ts';

const open = new Set<tls.TLSSocket>();
const server = tls.createServer(readCertificate(import.meta.url), (socket) => {
  open.add(socket);
  socket.once('close', () => open.delete(socket));
  socket.pipe(socket);
});

/** Hosts a TLS server that sends back what it gets, and says goodbye. */
const handler: ConnectionHandler = serverHandler(server, {
  onDraining: () => {
    for (const socket of open) socket.end('goodbye');
  },
});

export default handler;
