import http from 'node:http';
import { once } from 'node:events';

const told = {};
const server = http.createServer((request, response) => {
  server.getConnections((error, connections) => {
    response.end(JSON.stringify({ ...told, connections, listening: server.listening }));
  });
});

// As programs look for a free port.
const probe = http.createServer().listen();
await once(probe, 'listening');
const { port } = probe.address();
told.closed = await new Promise((resolve) => {
  probe.close((error) => resolve([error, probe.listening, probe.address()]));
});

told.before = [server.listening, server.address()];
const returned = server.listen(port, () => {
  told.inCallback = server.address();
});
told.chained = returned === server;
await once(server, 'listening');

const codeOf = async (listen) => {
  const other = http.createServer();
  try {
    listen(other);
    const [{ code, message }] = await once(other, 'error');
    return [code, message, other.listening];
  } catch (error) {
    return error.code;
  }
};
told.twice = await codeOf(() => server.listen(port));
told.inUse = await codeOf((other) => other.listen({ port, host: '127.0.0.1' }));
told.badPort = await codeOf((other) => other.listen(65_536));
told.badArguments = await codeOf((other) => other.listen({}));
told.otherPort = await codeOf((other) => other.listen(port === 9100 ? 9101 : 9100));
told.closedTwice = await new Promise((resolve) => {
  probe.close((error) => resolve(error.code));
});

// A server of the program's own, beside the one that clients know.
const internal = http.createServer().listen(0, '127.0.0.1');
await once(internal, 'listening');
told.internal = internal.address().port !== port;
