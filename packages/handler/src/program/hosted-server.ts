import { type AddressInfo, isIPv6, Server, type Socket } from 'node:net';
import type { ActivityOf } from '../contract/connection-activity.ts';
import type {
  ConnectionContext,
  ConnectionHandler,
  WorkerContext,
} from '../contract/connection-handler.ts';
import { currentWorker } from '../contract/current-worker.ts';
import { serverHandler } from '../serving/server-handler.ts';
import type { WantedAddress } from './listen-arguments.ts';
import { WebSocketClosing } from './web-socket-closing.ts';

/** What a server whose connections come from a pool keeps of them. */
interface ServerCounters {
  maxConnections?: number;
}

/** A server of a program that believes that it listens, and is given its connections by a pool. */
export class HostedServer {
  readonly server: Server;
  #wanted: WantedAddress;
  #addressIndex: number | undefined;
  readonly #handler: ConnectionHandler;
  readonly #webSockets: WebSocketClosing;
  #place: AddressInfo | string;
  /** Node's own, which closes what does not listen. */
  readonly #close: Server['close'];
  #worker: WorkerContext | undefined;
  readonly #isReplaced: (server: HostedServer) => boolean;
  #open = true;
  /** Whether another worker is to come, so that this one leaves as in a restart. */
  #leaves = false;
  #connections = 0;

  /**
   * @param server on which the program has called `listen()`
   * @param wanted where
   * @param addressIndex at which of the pool's addresses, if the pool is known
   * @param onDraining called when no further request can come
   * @param isReplaced called when the program closes it while its worker stays; tells whether
   *   that worker is to be replaced
   */
  constructor(
    server: Server,
    wanted: WantedAddress,
    addressIndex: number | undefined,
    onDraining: () => void | Promise<void>,
    isReplaced: (server: HostedServer) => boolean,
  ) {
    this.server = server;
    this.#isReplaced = isReplaced;
    this.#wanted = wanted;
    this.#addressIndex = addressIndex;
    this.#place = placeOf(wanted, addressIndex);
    this.#close = server.close;
    this.#handler = serverHandler(server, { onDraining });
    this.#webSockets = new WebSocketClosing(server);
    this.#pretendToListen();
  }

  /** Where the program wants it to listen. */
  get wanted(): WantedAddress {
    return this.#wanted;
  }

  /** Which of the pool's addresses is its own, from 0; undefined when the pool is not known. */
  get addressIndex(): number | undefined {
    return this.#addressIndex;
  }

  /** Whether the program has not closed it. */
  get open(): boolean {
    return this.#open;
  }

  /**
   * The program has called `listen()` again on a server that it had closed. What follows the server
   * does so already.
   */
  reopen(wanted: WantedAddress, addressIndex: number | undefined): void {
    this.#wanted = wanted;
    this.#addressIndex = addressIndex;
    this.#place = placeOf(wanted, addressIndex);
    this.#leaves = false;
    this.#open = true;
  }

  /** Listens for the departure of its worker. */
  start(worker: WorkerContext): void {
    this.#worker = worker;
    this.#handler.start?.(worker);
    worker.onDeparture((departure) => this.#webSockets.leave(departure));
  }

  /** Looks at what its connections do. */
  activities(): ActivityOf | undefined {
    return this.#handler.activities?.();
  }

  /** Whether the program takes it to listen on a port or path that another server has. */
  hasSameAddress(other: WantedAddress): boolean {
    const { wanted } = this;
    if ('path' in wanted) return 'path' in other && other.path === wanted.path;
    if ('path' in other || other.port !== wanted.port || wanted.port === 0) return false;
    const hosts = [wanted.host, other.host];
    return hosts.some(isEveryHost) || hosts[0] === hosts[1];
  }

  /** Gives it a connection, unless it has as many as it may. */
  serve(connection: Socket, context: ConnectionContext): void {
    const { maxConnections }: ServerCounters = this.server;
    if (maxConnections !== undefined && this.#connections >= maxConnections) {
      const { localAddress, localPort, remoteAddress, remotePort } = connection;
      this.server.emit('drop', { localAddress, localPort, remoteAddress, remotePort });
      connection.destroy();
      return;
    }
    this.#connections += 1;
    connection.once('close', () => {
      this.#connections -= 1;
      if (!this.#open) this.#settle();
    });
    void this.#handler(connection, context);
  }

  /** Only now, as Node tells of it: after the call of `listen()`. */
  tellListening(): void {
    if (this.#open) this.server.emit('listening');
  }

  #pretendToListen(): void {
    const { server } = this;
    /** That of its handler, which waits for the worker's last connection. */
    const { close } = server;
    Object.defineProperty(server, 'listening', { configurable: true, get: () => this.#open });
    server.address = () => (this.#open ? this.#place : null);
    server.getConnections = (callback) => {
      process.nextTick(callback, null, this.#connections);
      return server;
    };
    server.close = (callback) => {
      const wasOpen = this.#open;
      this.#open = false;
      if (!wasOpen) return Reflect.apply(Server.prototype.close, server, [callback]) as Server;
      this.#leaves = this.#worker?.departure !== undefined || this.#isReplaced(this);
      if (this.#leaves) {
        return Reflect.apply(close, server, [callback]) as Server;
      }
      if (callback !== undefined) server.once('close', () => callback());
      this.#settle();
      return server;
    };
  }

  /** Closes a server as Node does that its program has closed while its worker stays. */
  #settle(): void {
    if (this.#connections > 0 || this.#leaves || this.#worker?.departure !== undefined) return;
    Reflect.apply(this.#close, this.server, []);
  }
}

function isEveryHost(host: string | undefined): boolean {
  return host === undefined || host === '0.0.0.0' || host === '::';
}

function placeOf(wanted: WantedAddress, addressIndex: number | undefined): AddressInfo | string {
  const address = addressIndex === undefined ? undefined : currentWorker()?.addresses[addressIndex];
  return address ?? wantedPlace(wanted);
}

function wantedPlace(wanted: WantedAddress): AddressInfo | string {
  if ('path' in wanted) return wanted.path;
  const address = wanted.host === 'localhost' ? '127.0.0.1' : (wanted.host ?? '::');
  return { address, family: isIPv6(address) ? 'IPv6' : 'IPv4', port: wanted.port };
}
