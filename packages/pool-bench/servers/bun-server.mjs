// A server by Bun's own API, as a peer: `bun bun-server.mjs echo|http WORKERS` runs that many processes, each
// with a socket of its own on the same port, and prints a line of JSON with it. TLS by PEER_IDENTITY.
const [kind, workers, port] = process.argv.slice(2);
const tls = process.env.PEER_IDENTITY && JSON.parse(process.env.PEER_IDENTITY);

function serve() {
  const where = { hostname: '127.0.0.1', port: Number(port), reusePort: true, ...(tls && { tls }) };
  if (kind === 'http') return Bun.serve({ ...where, fetch: () => new Response('hello\n') });
  return Bun.listen({
    ...where,
    socket: {
      data: (socket, chunk) => void socket.write(chunk.toString('latin1').toUpperCase()),
    },
  });
}

function fork(at) {
  return new Promise((resolve) => {
    Bun.spawn([process.execPath, import.meta.path, kind, workers, String(at)], {
      stdio: ['ignore', 'ignore', 'inherit'],
      ipc: resolve,
    });
  });
}

if (port === undefined) {
  const first = await fork(0);
  await Promise.all(Array.from({ length: Number(workers) - 1 }, () => fork(first)));
  console.log(JSON.stringify({ event: 'listening', value: { address: { port: first } } }));
  setInterval(() => {}, 1e9);
} else {
  process.on('disconnect', () => process.exit());
  process.send(serve().port);
}
