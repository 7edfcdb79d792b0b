/**
 * The entry point of the process that copies descriptors: answers each message of its
 * parent with one more descriptor of the listening socket that it has got from it.
 *
 * @module
 */
import net from 'node:net';
import { receiveMessageOnPort } from 'node:worker_threads';
import { isCopyRequest, SOURCE_FD } from './copies-channel.ts';

const { port1: parking, port2: parked } = new MessageChannel();

/** A server in a message that nobody reads accepts nothing. */
function park(listener: net.Server): void {
  parking.postMessage(listener, [listener as unknown as MessagePort]);
}

process
  .on('message', (request: unknown) => {
    if (!isCopyRequest(request)) return;
    const source = receiveMessageOnPort(parked)?.message as net.Server;
    // Sent before this returns: the parent asks for one copy at a time.
    process.send?.(request, source, { keepOpen: true });
    park(source);
  })
  .on('disconnect', () => process.exit(0))
  // For those that are sent to every process, such as by a service manager.
  .on('SIGINT', () => undefined)
  .on('SIGTERM', () => undefined)
  .on('SIGHUP', () => undefined);

const server = net
  .createServer()
  .on('error', (error: NodeJS.ErrnoException) => {
    // That somebody else listens there is found out, and told, by the parent.
    if (error.code === 'EADDRINUSE') process.exit(1);
    throw error;
  })
  .listen({ fd: SOURCE_FD }, Number(process.argv[2]));
// Within one turn of the event loop, so that nobody is accepted here.
if (server.listening) park(server);
