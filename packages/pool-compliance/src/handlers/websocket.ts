import http from 'node:http';
import { serverHandler } from '@sockpool/worker-supervisor';
import { WebSocketServer } from 'ws';

const server = http.createServer();
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket) => {
  socket.on('message', (data) => socket.send(String(data).toUpperCase()));
});

export default serverHandler(server, {
  onDraining: () => {
    for (const socket of sockets.clients) socket.close(1001, 'going away');
  },
});
