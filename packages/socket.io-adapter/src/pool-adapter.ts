import { channel, currentWorker, type PoolChannel } from '@sockpool/handler';
import { requireInteger, requireKnownOptions, requireObject } from '@sockpool/option-checks';
import {
  ClusterAdapterWithHeartbeat,
  type ClusterMessage,
  type ClusterResponse,
} from 'socket.io-adapter';

/** How the workers' adapters know of each other. */
export interface PoolAdapterOptions {
  /**
   * Tells several servers of Socket.IO in one program apart.
   * @default 'socket.io'
   */
  readonly key?: string;
  /**
   * How often a worker says that it is there, in milliseconds.
   * @default 1_000
   */
  readonly heartbeatIntervalMs?: number;
  /**
   * A worker that has died is waited for by `fetchSockets()` and `serverSideEmit()` until it has not been
   * heard of for so long, in milliseconds. One that goes away says so.
   * @default 3_000
   */
  readonly heartbeatTimeoutMs?: number;
}

const DEFAULTS = Object.freeze({
  key: 'socket.io',
  heartbeatIntervalMs: 1_000,
  heartbeatTimeoutMs: 3_000,
} satisfies Required<PoolAdapterOptions>);

/** How often a failure is told, in milliseconds. */
const TELL_MS = 10_000;

/** What crosses the channel of a namespace: for all, or for the adapter of one worker. */
type Sent =
  | { readonly message: ClusterMessage }
  | { readonly to: string; readonly response: ClusterResponse };

/**
 * What Socket.IO gives an adapter: the namespace. Its package declares it as any.
 */
interface Namespace {
  readonly name: string;
}

/**
 * Makes the adapter for `new Server(server, { adapter: createAdapter() })`, by which `emit()`, rooms,
 * `fetchSockets()`, `socketsJoin()`, `disconnectSockets()` and `serverSideEmit()` reach the clients and
 * servers of all workers of the pool. Outside of a pool there is only this program.
 *
 * @param options how workers know of each other
 * @throws {TypeError | RangeError} when an option is unknown or wrong
 */
export function createAdapter(
  options: PoolAdapterOptions = {},
): (namespace: Namespace) => ClusterAdapterWithHeartbeat {
  const resolved = resolveOptions(options);
  // No arrow function: Socket.IO calls it by `new`.
  return function poolAdapter(namespace) {
    return new PoolAdapter(namespace, resolved);
  };
}

/** The adapter of one namespace in one worker. */
class PoolAdapter extends ClusterAdapterWithHeartbeat {
  readonly #channel: PoolChannel;
  #toldAtMs = -Infinity;

  constructor(namespace: Namespace, options: Required<PoolAdapterOptions>) {
    super(namespace, {
      heartbeatInterval: options.heartbeatIntervalMs,
      heartbeatTimeout: options.heartbeatTimeoutMs,
    });
    this.#channel = channel(`${options.key}${namespace.name}`);
    this.#channel.addEventListener('message', ({ data }) => this.#receive(data as Sent));
    // So that nobody waits for the answers of a worker that is gone.
    currentWorker()?.onStop(() => this.close());
  }

  override close(): void {
    super.close();
    this.#channel.close();
  }

  protected override doPublish(message: ClusterMessage): Promise<string> {
    return this.#post({ message });
  }

  protected override async doPublishResponse(
    requesterUid: string,
    response: ClusterResponse,
  ): Promise<void> {
    await this.#post({ to: requesterUid, response });
  }

  #receive(sent: Sent): void {
    if ('message' in sent) this.onMessage(sent.message);
    else if (sent.to === this.uid) this.onResponse(sent.response);
  }

  /** Socket.IO tells nobody of what fails here; messages have no offset. */
  async #post(sent: Sent): Promise<string> {
    try {
      this.#channel.postMessage(sent);
      return '';
    } catch (error) {
      const nowMs = performance.now();
      if (nowMs - this.#toldAtMs >= TELL_MS) {
        this.#toldAtMs = nowMs;
        const reason = error instanceof Error ? error.message : String(error);
        const log = currentWorker()?.logger ?? console;
        log.error(`A message of Socket.IO does not reach the other workers: ${reason}`, { error });
      }
      throw error;
    }
  }
}

function resolveOptions(options: PoolAdapterOptions): Required<PoolAdapterOptions> {
  requireObject('Options of createAdapter()', options, "{ key: 'chat' }");
  requireKnownOptions(options, DEFAULTS, { of: 'createAdapter()' });
  const { key = DEFAULTS.key } = options;
  if (typeof key !== 'string' || key === '') {
    throw new TypeError(`Option key must be a string that is not empty, got '${String(key)}'`);
  }
  const heartbeatIntervalMs = requireInteger(
    'heartbeatIntervalMs',
    options.heartbeatIntervalMs ?? DEFAULTS.heartbeatIntervalMs,
    { min: 10, max: 2 ** 31 - 1 },
  );
  const heartbeatTimeoutMs = requireInteger(
    'heartbeatTimeoutMs',
    options.heartbeatTimeoutMs ?? Math.max(DEFAULTS.heartbeatTimeoutMs, 3 * heartbeatIntervalMs),
    { min: heartbeatIntervalMs + 1, max: 2 ** 31 - 1 },
  );
  return Object.freeze({ key, heartbeatIntervalMs, heartbeatTimeoutMs });
}
