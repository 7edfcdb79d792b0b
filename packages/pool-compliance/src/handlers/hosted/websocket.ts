import http from 'node:http';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';
import { WebSocketServer } from 'ws';

/** The status that tells a WebSocket client that the server goes away (RFC 6455, 7.4.1). */
const GOING_AWAY = 1001;

const server = http.createServer((_, response) => void response.end('not a WebSocket'));
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => {
  socket.on('message', (data: Buffer, binary) => socket.send(data, { binary }));
});

/** Hosts a WebSocket server that sends back what it gets, and says goodbye. */
const handler: ConnectionHandler = serverHandler(server, {
  onDraining: () => {
    for (const socket of sockets.clients) socket.close(GOING_AWAY, 'going away');
  },
});

export default handler;
