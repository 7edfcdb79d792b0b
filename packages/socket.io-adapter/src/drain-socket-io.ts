import {
  drainWebSockets,
  type DrainWebSocketsOptions,
  type WebSocketLike,
} from '@sockpool/handler';

/** A connection of Engine.IO, below Socket.IO. */
interface EngineConnection {
  readonly readyState: string;
  readonly transport: { readonly name: string };
  /** Ends it; at once, if what waits to be sent may be discarded. */
  close(discard: boolean): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** A server of Socket.IO, by its shape. */
export interface SocketIoServerLike {
  /** Its Engine.IO, which knows its clients by their session ids. */
  readonly engine: object;
}

const OPEN = 1;
const CLOSED = 3;

/**
 * Ends the connections of a worker's own Socket.IO clients when the worker leaves, spread over time:
 * clients see the transport close, and connect again by themselves to another worker. See
 * `drainWebSockets()` of `@sockpool/handler`.
 *
 * Socket.IO's own `disconnectSockets()` tells clients not to come again, and with an adapter it ends
 * the clients of all workers.
 *
 * @param server the server
 * @param options over how long
 * @returns ends what is open, for `onDraining`
 * @throws {TypeError | RangeError} when an option is unknown or wrong
 * @example
 * export default serverHandler(server, { onDraining: drainSocketIo(io, { spreadMs: 5_000 }) });
 */
export function drainSocketIo(
  server: SocketIoServerLike,
  options: Pick<DrainWebSocketsOptions, 'spreadMs'> = {},
): () => Promise<void> {
  return drainWebSockets(
    {
      get clients() {
        return connectionsOf(server).map(asWebSocket);
      },
    },
    options,
  );
}

function connectionsOf({ engine }: SocketIoServerLike): EngineConnection[] {
  const clients: unknown = Reflect.get(engine, 'clients');
  return Object.values((clients ?? {}) as Readonly<Record<string, EngineConnection>>);
}

const known = new WeakMap<EngineConnection, WebSocketLike>();

/** The same for each connection, so that each is told once. */
function asWebSocket(connection: EngineConnection): WebSocketLike {
  const made = known.get(connection);
  if (made !== undefined) return made;
  const socket: WebSocketLike = {
    get readyState() {
      return connection.readyState === 'closed' ? CLOSED : OPEN;
    },
    // It has no codes. By long polling it would wait half a minute for a poll to say goodbye to.
    close: () => void connection.close(connection.transport.name === 'polling'),
    once: (event, listener) => connection.once(event, listener),
  };
  known.set(connection, socket);
  return socket;
}
