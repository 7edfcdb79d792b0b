import { once } from 'node:events';
import net from 'node:net';

/** The two ends of one loopback connection. */
export interface ConnectionPair {
  /** The end of who connected. */
  readonly client: net.Socket;
  /** The end that was accepted. */
  readonly server: net.Socket;
}

/**
 * Makes a TCP connection of this process with itself. A stranger that connects to its port
 * meanwhile is cut.
 *
 * @param options how the accepted end is set up
 * @throws {Error} the system's error, such as when there are no file descriptors left
 */
export async function connectionPair(options: net.ServerOpts): Promise<ConnectionPair> {
  const listener = net.createServer(options);
  const accepted: net.Socket[] = [];
  listener.on('connection', (socket) => accepted.push(socket));
  let client: net.Socket | undefined;
  try {
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as net.AddressInfo;
    client = net.connect({ port, host: '127.0.0.1' });
    await once(client, 'connect');
    for (;;) {
      const server = accepted.find(({ remotePort }) => remotePort === client?.localPort);
      if (server !== undefined) {
        accepted.splice(accepted.indexOf(server), 1);
        return { client, server };
      }
      await once(listener, 'connection');
    }
  } catch (error) {
    client?.destroy();
    throw error;
  } finally {
    for (const stranger of accepted) stranger.destroy();
    listener.close();
  }
}
