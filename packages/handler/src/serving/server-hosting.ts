import type { Server as HttpServer } from 'node:http';
import type { Server, Socket } from 'node:net';
import type { ActivityOf } from '../contract/connection-activity.ts';
import type { Logger, WorkerContext } from '../contract/connection-handler.ts';
import type { Departure } from '../contract/departure.ts';
import { drainTerms } from '../closing/drain-terms.ts';
import { HttpDraining, type HttpServerTraits } from '../closing/http-draining.ts';
import { afterQuietTime } from '../closing/quiet-time.ts';

/** What a hosted server speaks. */
export interface HostedServerTraits extends HttpServerTraits {
  /** Whether it speaks HTTP of any version. */
  readonly http: boolean;
}

/** Hosts one server in one worker: gives it connections, and ends them when the worker leaves. */
export class ServerHosting {
  readonly #server: Server;
  readonly #traits: HostedServerTraits;
  readonly #idleGraceMs: number;
  readonly #onDraining: (() => void | Promise<void>) | undefined;
  readonly #draining: HttpDraining;
  readonly #gone = Promise.withResolvers<void>();
  #worker: WorkerContext | undefined;
  #connections = 0;
  #lookingAgain = false;
  #said = false;
  #giveUpWaiting: (() => void) | undefined;

  /**
   * @param server the application's, which never listens
   * @param traits what it speaks
   * @param idleGraceMs see `ServerHandlerOptions`
   * @param onDraining see `ServerHandlerOptions`
   */
  constructor(
    server: Server,
    traits: HostedServerTraits,
    idleGraceMs: number,
    onDraining: (() => void | Promise<void>) | undefined,
  ) {
    this.#server = server;
    this.#traits = traits;
    this.#idleGraceMs = idleGraceMs;
    this.#onDraining = onDraining;
    this.#draining = new HttpDraining(server, traits, () => this.#lookAgain());
    this.#makeCloseSafe();
  }

  /** Listens for the worker's departure, once. */
  watch(worker: WorkerContext): void {
    if (this.#worker !== undefined) return;
    this.#worker = worker;
    worker.onDeparture((departure) => this.#leave(departure));
  }

  /** Looks at what every connection does at this moment. */
  activities(): ActivityOf {
    return this.#draining.activities();
  }

  /** Gives the server a connection. */
  serve(connection: Socket): void {
    this.#connections += 1;
    connection.once('close', () => {
      this.#connections -= 1;
      this.#settle();
    });
    this.#draining.connection(connection);
    this.#server.emit('connection', connection);
    this.#draining.accepted(connection);
  }

  #leave(departure: Departure): void {
    const terms = drainTerms(departure, this.#idleGraceMs);
    this.#draining.drain(terms);
    this.#settle();
    if (this.#said) return;
    // Connections of other protocols end when the application says so, and so does their queue.
    if (!this.#traits.http) return this.#sayGoodbye();
    this.#lookAgain();
    // Requests that are being received by then would only be waited for.
    const idleMs = terms.endIdleAtMs - performance.now();
    const patienceMs =
      departure.reason === 'close' ? Math.min(idleMs, this.#idleGraceMs + terms.lingerMs) : idleMs;
    this.#giveUpWaiting?.();
    this.#giveUpWaiting = afterQuietTime(patienceMs, () => this.#sayGoodbye());
  }

  /** Looks for the end of requests, when the application has seen those that have just come. */
  #lookAgain(): void {
    if (this.#said || this.#lookingAgain) return;
    this.#lookingAgain = true;
    setImmediate(() => {
      this.#lookingAgain = false;
      const expected = this.#worker?.departure?.expectsConnections !== false;
      if (!expected && !this.#draining.awaitsRequests) this.#sayGoodbye();
    });
  }

  #sayGoodbye(): void {
    if (this.#said) return;
    this.#said = true;
    this.#giveUpWaiting?.();
    this.#worker?.waitUntil(this.#callOnDraining(this.#worker.logger));
  }

  async #callOnDraining(logger: Logger): Promise<void> {
    try {
      await this.#onDraining?.();
    } catch (error) {
      logger.error('onDraining failed', { error });
    }
  }

  /**
   * While it is hosted, the server's `close()` ends no connection, for that is done here
   * without a reset, and calls back when the last one has ended, as it would if it listened.
   * So what closes the server on its way, such as Fastify's `app.close()`, lets requests finish.
   */
  #makeCloseSafe(): void {
    const server = this.#server;
    const { close } = server;
    let asked = false;
    server.close = (callback) => {
      if (callback !== undefined) server.once('close', () => callback());
      if (!asked) void this.#gone.promise.then(() => Reflect.apply(close, server, []));
      asked = true;
      return server;
    };
    if ('closeIdleConnections' in server) {
      (server as HttpServer).closeIdleConnections = () => undefined;
    }
  }

  #settle(): void {
    const { departure } = this.#worker ?? {};
    if (departure?.expectsConnections === false && this.#connections === 0) this.#gone.resolve();
  }
}
