import { type AddressInfo, Server, type Socket } from 'node:net';
import { constants } from 'node:os';
import { errorPlaceText } from '@sockpool/option-checks';
import type { ActivityOf } from '../contract/connection-activity.ts';
import type {
  ConnectionContext,
  ConnectionHandler,
  WorkerContext,
} from '../contract/connection-handler.ts';
import type { AppServer } from '../apps/app-server.ts';
import { currentWorker } from '../contract/current-worker.ts';
import { DeferredEnd } from './deferred-end.ts';
import { HostedServer } from './hosted-server.ts';
import { wantedListen, type WantedAddress, type WantedListen } from './listen-arguments.ts';
import { placeFor } from './server-places.ts';

/** The code of the error of a port for which the pool has no address. */
const NO_ADDRESS = 'ERR_NO_ADDRESS';

/** What a program lacks that does not listen, and what to write. */
export const SERVES_NOTHING =
  'it has no app, server or handler as its default export; call listen(), or write: export default app';

/** Says so of one that nothing keeps running. */
export const ENDS_UNSERVED: string = `it ends by itself before it has called listen() on a server, and ${SERVES_NOTHING}`;

/**
 * A program that calls `listen()` by itself: its servers believe that they listen, and get
 * their connections from the worker that the program runs in.
 */
export class HostedProgram {
  /** Resolves when the program has called `listen()` at all; rejects when it did on another port than it has to. */
  readonly listening: Promise<void>;
  readonly #listening = Promise.withResolvers<void>();
  readonly #everywhere = Promise.withResolvers<void>();
  readonly #ports: readonly number[];
  readonly #servers: HostedServer[] = [];
  readonly #end = new DeferredEnd((message) => currentWorker()?.logger.warn(message));
  /** Serves the app that the program exports, for as long as the program has not called `listen()`. */
  #exported: HostedServer | undefined;
  #closeExported: AppServer['close'];
  #worker: WorkerContext | undefined;
  #goodbyes = 0;

  /** @param ports those that it has to listen on; none for any */
  constructor(ports: readonly number[] = []) {
    this.#ports = ports;
    this.listening = this.#listening.promise;
    // Whoever hosts it looks at it first of all.
    this.listening.catch(() => undefined);
    this.#takeOverListen();
    refuseCluster();
  }

  /** Whether it has called `listen()` on a server that it has not closed. */
  get listens(): boolean {
    return this.#servers.some(({ open }) => open);
  }

  /** Where its servers want to listen, in the order of their calls, without those that it has closed. */
  get wanted(): readonly WantedAddress[] {
    return this.#servers.filter(({ open }) => open).map(({ wanted }) => wanted);
  }

  /** Resolves when it has called `listen()` for every address of the pool. */
  get everywhere(): Promise<void> {
    return this.#everywhere.promise;
  }

  /** The addresses of the pool for which it has not called `listen()`. */
  get unserved(): readonly (AddressInfo | string)[] {
    const served = new Set(this.#servers.map(({ addressIndex }) => addressIndex));
    return poolAddresses().filter((_, index) => !served.has(index));
  }

  /** Serves connections by the program's servers. */
  handler(): ConnectionHandler {
    const serve = (connection: Socket, context: ConnectionContext): void => {
      this.#serverFor(connection, context).serve(connection, context);
    };
    return Object.assign(serve, {
      start: (worker: WorkerContext) => this.#start(worker),
      activities: () => this.#activities(),
    });
  }

  /** Serves connections by the app that the program exports, unless it listens by itself later. */
  handlerOfApp({ server, close }: AppServer): ConnectionHandler {
    this.#exported = this.#host(server, { port: 0, host: undefined }, 0);
    this.#closeExported = close;
    return this.handler();
  }

  /** Serves connections by the handler that the program exports. */
  handlerOf(handler: ConnectionHandler): ConnectionHandler {
    const serve: ConnectionHandler = (...args) => handler(...args);
    let told = false;
    const start = (worker: WorkerContext): void => {
      handler.start?.(worker);
      worker.onDeparture(() => {
        this.#end.depart();
        if (!told) this.#end.deliver();
        told = true;
      });
    };
    return Object.assign(serve, handler, { start });
  }

  #activities(): ActivityOf {
    const servers = this.#all.map((server) => server.activities());
    return (connection) => {
      for (const activityOf of servers) {
        const activity = activityOf?.(connection);
        if (activity !== undefined) return activity;
      }
      return undefined;
    };
  }

  #start(worker: WorkerContext): void {
    this.#worker = worker;
    worker.onDeparture(() => this.#end.depart());
    for (const server of this.#all) server.start(worker);
  }

  get #all(): readonly HostedServer[] {
    return this.#exported === undefined ? this.#servers : [...this.#servers, this.#exported];
  }

  #host(server: Server, address: WantedAddress, addressIndex: number | undefined): HostedServer {
    return new HostedServer(
      server,
      address,
      addressIndex,
      () => this.#onDraining(),
      (closed) => this.#askReplacement(closed),
    );
  }

  /** One that has listened before keeps what it has, and gets nothing twice. */
  #hostedAgain(
    server: Server,
    address: WantedAddress,
    addressIndex: number | undefined,
  ): HostedServer {
    const known = this.#servers.find((hosted) => hosted.server === server);
    if (known !== undefined) {
      known.reopen(address, addressIndex);
      return known;
    }
    const hosted = this.#host(server, address, addressIndex);
    this.#servers.push(hosted);
    if (this.#worker !== undefined) hosted.start(this.#worker);
    return hosted;
  }

  /**
   * For a server that the program has closed by itself, such as before it ends itself after an error: a
   * worker that serves an address no more is replaced. This one ends as in a restart, and the server's
   * `close()` calls back then.
   */
  #askReplacement({ wanted, addressIndex }: HostedServer): boolean {
    const isServed = (): boolean =>
      this.#all.some((other) => other.open && other.addressIndex === addressIndex);
    const worker = this.#worker;
    if (isServed() || worker === undefined) return false;
    // Not for one that listens anew at once.
    setImmediate(() => {
      if (isServed()) return;
      worker.requestReplacement(
        `its program has closed its server on ${nameOf(wanted)}; to stop serving, stop the pool`,
      );
    });
    return true;
  }

  /**
   * Of the servers that have its address of the pool, the one on its host: Fastify makes several of
   * `localhost`. Without one, what the program exports.
   */
  #serverFor({ localAddress }: Socket, { addressIndex }: ConnectionContext): HostedServer {
    const own = this.#servers.filter((server) => server.addressIndex === addressIndex);
    const candidates = own.length > 0 ? own : this.#all.slice(-1);
    const exact = candidates.find(
      ({ wanted }) => 'host' in wanted && wanted.host !== undefined && wanted.host === localAddress,
    );
    const found = exact ?? candidates.find(({ open }) => open) ?? candidates[0];
    if (found === undefined) throw new TypeError('The program has no server yet');
    return found;
  }

  #takeOverListen(): void {
    const { listen } = Server.prototype;
    const take = (server: Server, wanted: WantedListen): void => this.#take(server, wanted);
    const isInternal = (wanted: WantedListen): boolean => this.#isInternal(wanted);
    Server.prototype.listen = function takenOver(this: Server, ...args: unknown[]): Server {
      const wanted = wantedListen(args);
      // A handle or a descriptor is the worker's own, and what Node refuses it refuses itself.
      if (wanted === undefined || isInternal(wanted))
        return Reflect.apply(listen, this, args) as Server;
      take(this, wanted);
      return this;
    };
  }

  #take(server: Server, { address, callback, signal }: WantedListen): void {
    if (server.listening) throw alreadyListening();
    const wrong = this.#wrongPort(address);
    if (wrong !== undefined) {
      // Its start has failed by this, and by nothing that comes later.
      this.#listening.reject(wrong);
      return;
    }
    const addresses = poolAddresses();
    const addressIndex = placeFor(address, addresses, this.#servers, this.#ports);
    if (callback !== undefined) server.once('listening', callback);
    const taken = this.#servers.find((other) => other.open && other.hasSameAddress(address));
    const homeless = addresses.length > 0 && addressIndex === undefined;
    const refusal = taken === undefined ? homeless && noAddress(address) : addressInUse(address);
    if (refusal !== false) {
      process.nextTick(() => this.#refuse(server, refusal));
      return;
    }
    const hosted = this.#hostedAgain(server, address, addressIndex);
    if (signal?.aborted === true) server.close();
    else signal?.addEventListener('abort', () => server.close(), { once: true });
    process.nextTick(() => {
      hosted.tellListening();
      // One that is closed at once has only looked for a free port.
      if (!hosted.open) return;
      this.#listening.resolve();
      if (this.unserved.length === 0) this.#everywhere.resolve();
    });
  }

  /**
   * Tells the program, as Node does. One that serves already and does not listen to the error is not
   * ended by the want of an address: the next one would be, too.
   */
  #refuse(server: Server, refusal: Error): void {
    try {
      server.emit('error', refusal);
    } catch (error) {
      if (error !== refusal || this.#worker === undefined || !isHomeless(refusal)) throw error;
      this.#worker.logger.error(`${refusal.message}${errorPlaceText(refusal)}`);
    }
  }

  /** Any free port, beside the server that clients know, is the program's own business. */
  #isInternal({ address }: WantedListen): boolean {
    return 'port' in address && address.port === 0 && this.listens;
  }

  /** Its stack begins where the program calls `listen()`. */
  #wrongPort(address: WantedAddress): Error | undefined {
    const ports = this.#ports;
    if (ports.length === 0 || this.#servers.length > 0) return undefined;
    if ('port' in address && (ports.includes(address.port) || address.port === 0)) return undefined;
    const onPorts = ports.map((port) => `port ${port}`).join(' and ');
    const error = new TypeError(
      `The program listens on ${nameOf(address)}, and the pool on ${onPorts}; to change the port, stop the pool and start it anew`,
    );
    Error.captureStackTrace(error, Server.prototype.listen);
    return error;
  }

  /** The program's own clean-up comes when the last of its servers has no request to expect. */
  async #onDraining(): Promise<void> {
    this.#goodbyes += 1;
    if (this.#goodbyes !== this.#all.length) return;
    this.#end.deliver();
    await this.#closeExported?.();
  }
}

/** Workers of a worker would serve nobody. */
function refuseCluster(): void {
  process.getBuiltinModule('node:cluster').fork = () => {
    throw new TypeError(
      'Cannot fork a worker of node:cluster: the program runs in a worker of a pool; let it listen without ' +
        'a fork, as its own workers do, and give the pool the number of workers',
    );
  };
}

/** None while it is only looked where the program listens. */
function poolAddresses(): readonly (AddressInfo | string)[] {
  return currentWorker()?.addresses ?? [];
}

function nameOf(address: { readonly path: string } | { readonly port: number }): string {
  return 'path' in address ? `'${address.path}'` : `port ${address.port}`;
}

function alreadyListening(): Error {
  return Object.assign(new Error('Listen method has been called more than once without closing.'), {
    code: 'ERR_SERVER_ALREADY_LISTEN',
  });
}

/** Its stack begins where the program calls `listen()`. */
function noAddress(address: WantedAddress): Error {
  const pool = poolAddresses().map((each) => (typeof each === 'string' ? { path: each } : each));
  const flags = [...pool, address].map((each) =>
    'path' in each ? `--path ${each.path}` : `--port ${each.port}`,
  );
  const error = new Error(
    `Cannot listen on ${nameOf(address)}: the pool has no address but for ${pool.map(nameOf).join(' and ')}; ` +
      `start it with ${flags.join(' ')}, or with all of these in its listen()`,
  );
  Error.captureStackTrace(error, Server.prototype.listen);
  return Object.assign(error, { code: NO_ADDRESS });
}

function isHomeless(error: Error): boolean {
  return 'code' in error && error.code === NO_ADDRESS;
}

/** As the system says it of a port that another server of the program has. */
function addressInUse(wanted: WantedAddress): Error {
  const address = 'path' in wanted ? wanted.path : (wanted.host ?? '::');
  const place = 'path' in wanted ? address : `${address}:${wanted.port}`;
  return Object.assign(new Error(`listen EADDRINUSE: address already in use ${place}`), {
    code: 'EADDRINUSE',
    errno: -constants.errno.EADDRINUSE,
    syscall: 'listen',
    address,
    ...('port' in wanted && { port: wanted.port }),
  });
}
