/**
 * A server on `node:cluster` that does what a pool does in `serve-main.ts`, as the peer
 * of the benchmarks: `node cluster-main.ts HANDLER WORKERS`; 0 workers serve in the
 * program's own process.
 *
 * @module
 */
import cluster from 'node:cluster';
import net, { type AddressInfo } from 'node:net';

const [handlerUrl = '', workers = '2'] = process.argv.slice(2);
const print = (address: unknown): void => {
  process.stdout.write(`${JSON.stringify({ event: 'listening', value: { address } })}\n`);
};

if (cluster.isPrimary && Number(workers) > 0) {
  let listening = 0;
  let port: number | undefined;
  cluster.on('listening', (_, address) => {
    port ??= address.port;
    listening += 1;
    if (listening === Number(workers)) print({ address: '127.0.0.1', port });
  });
  for (let count = 0; count < Number(workers); count += 1) cluster.fork();
} else {
  const { default: handler } = (await import(handlerUrl)) as {
    default: (connection: net.Socket) => void;
  };
  const server = net.createServer({ noDelay: true }, (connection) => {
    connection.on('error', () => undefined);
    handler(connection);
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 65_535 }, () => {
    if (cluster.isPrimary) print(server.address() as AddressInfo);
  });
}
