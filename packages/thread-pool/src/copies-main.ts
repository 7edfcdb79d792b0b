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
function park(server: net.Server): void {
  parking.postMessage(server, [server as unknown as MessagePort]);
}

process
  .on('message', (request: unknown) => {
    if (!isCopyRequest(request)) return;
    const server = receiveMessageOnPort(parked)?.message as net.Server;
    // Sent before this returns: the parent asks for one copy at a time.
    process.send?.(request, server, { keepOpen: true });
    park(server);
  })
  .on('disconnect', () => process.exit(0))
  // For those that are sent to every process, such as by a service manager.
  .on('SIGINT', () => undefined)
  .on('SIGTERM', () => undefined)
  .on('SIGHUP', () => undefined);

// Within one turn of the event loop, so that nobody is accepted here.
park(net.createServer().listen({ fd: SOURCE_FD }, Number(process.argv[2])));
