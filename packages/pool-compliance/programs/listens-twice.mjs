import http from 'node:http';

/** Answers with what it is called, and where it takes itself to listen. */
function serverOf(name) {
  const server = http.createServer((request, response) => {
    response.end(request.url === '/' ? name : JSON.stringify(server.address()));
  });
  return server;
}

const [shop = 3000, admin = 9090] = (process.env.TEST_PORTS ?? '').split(',').filter(Boolean);
serverOf('shop').listen(Number(shop), () => {
  // As when it waits for something before the second one.
  setTimeout(() => serverOf('admin').listen(Number(admin), '127.0.0.2'), 50);
});
