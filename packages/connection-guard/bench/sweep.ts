// What one sweep over idle connections costs, on sockets that are really open.
import { once } from 'node:events';
import net from 'node:net';
import { ConnectionGuard } from '../src/index.ts';

const CONNECTIONS = Number(process.argv[2] ?? 4_000);
const SWEEPS = 50;

using guard = new ConnectionGuard({
  idleTimeoutMs: 600_000,
  minBytesPerSecond: 100,
  maxTotalBufferedBytes: 2 ** 30,
  sweepIntervalMs: 600_000,
});
const server = net.createServer((connection) => {
  connection.on('error', () => undefined);
  guard.admit(connection);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as net.AddressInfo;
const clients: net.Socket[] = [];
while (clients.length < CONNECTIONS) {
  const batch = Array.from({ length: 100 }, () => net.connect(port, '127.0.0.1'));
  await Promise.all(batch.map((client) => once(client, 'connect')));
  clients.push(...batch);
}
while (guard.connections < clients.length) await once(server, 'connection');
const times = Array.from({ length: SWEEPS }, () => {
  const startedAt = performance.now();
  guard.sweep();
  return performance.now() - startedAt;
}).toSorted((left, right) => left - right);
const median = times[SWEEPS / 2] ?? Number.NaN;
console.log(
  `${guard.connections} connections: a sweep takes ${median.toFixed(2)} ms (median of ${SWEEPS})`,
);
for (const client of clients) client.destroy();
server.close();
