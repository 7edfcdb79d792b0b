const net = require('net');

const server = net.createServer((socket) => {
  socket.pipe(socket);
  socket.on('error', (error) => console.error(error.message));
});

server.listen(Number(process.env.PORT) || 7000);
