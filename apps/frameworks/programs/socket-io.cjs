const { createServer } = require('http');
const { Server } = require('socket.io');

const httpServer = createServer();
const io = new Server(httpServer);

io.on('connection', (socket) => {
  socket.on('hello', (name, callback) => {
    callback(`hello ${name}`);
  });
});

httpServer.listen(process.env.PORT || 3000);
