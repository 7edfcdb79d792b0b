/**
 * A server on `node:cluster` that does what a pool does in `serve-main.ts`, as the peer
 * of the benchmarks: `node cluster-main.ts HANDLER WORKERS [IDENTITY]`; 0 workers serve in the
 * program's own process; an identity, as JSON with `key` and `cert`, makes it a TLS server.
 *
 * @module
 */
import cluster from 'node:cluster';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';

const [handlerUrl = '', workers = '2', identity] = process.argv.slice(2);
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
  const serve = (connection: net.Socket): void => {
    connection.on('error', () => undefined);
    handler(connection);
  };
  const server =
    identity === undefined
      ? net.createServer({ noDelay: true }, serve)
      : tls.createServer({ noDelay: true, ...(JSON.parse(identity) as tls.TlsOptions) }, serve);
  server.listen({ port: 0, host: '127.0.0.1', backlog: 65_535 }, () => {
    if (cluster.isPrimary) print(server.address() as AddressInfo);
  });
}
