import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import { drainTerms } from '../closing/drain-terms.ts';
import { listenAlong } from '../closing/listen-along.ts';
import { afterQuietTime } from '../closing/quiet-time.ts';
import type { Departure } from '../contract/departure.ts';

/** "Service restart": clients may come again at once (RFC 6455's registry). */
const SERVICE_RESTART = 1_012;

/** How long a WebSocket is kept for its next reply when the pool closes, in milliseconds. */
const IDLE_GRACE_MS = 3_000;

/** What `ws` makes of a connection, also beneath Socket.IO. */
interface WebSocketLike {
  close(code: number): void;
}

/**
 * Closes the WebSockets of a program that does not close them itself when its worker leaves,
 * with code 1012: each right after its next reply, since its client has not asked again by then;
 * one that is not used at a moment by chance, so that not all clients come again at once. Knows
 * those that the package `ws` serves, as most programs and Socket.IO do; others are the program's.
 */
export class WebSocketClosing {
  readonly #upgraded = new Set<Socket>();
  readonly #closers = new Map<Socket, (departure: Departure) => void>();
  #departure: Departure | undefined;

  /** @param server whose connections it follows */
  constructor(server: Server) {
    listenAlong(server, 'upgrade', ({ socket }: IncomingMessage) => {
      this.#upgraded.add(socket);
      socket.once('close', () => {
        this.#upgraded.delete(socket);
        this.#closers.delete(socket);
      });
      // The program answers the handshake first.
      if (this.#departure !== undefined) setImmediate(() => this.#drain(socket));
    });
  }

  /** The worker leaves, or does so in another way than before. */
  leave(departure: Departure): void {
    this.#departure = departure;
    for (const socket of this.#upgraded) this.#drain(socket);
  }

  #drain(socket: Socket): void {
    const departure = this.#departure;
    if (departure === undefined || socket.destroyed) return;
    let closer = this.#closers.get(socket);
    if (closer === undefined) {
      closer = closerOf(socket);
      this.#closers.set(socket, closer);
    }
    closer(departure);
  }
}

/** Makes what closes a connection's WebSocket, when it is told how long it may take. */
function closerOf(socket: Socket): (departure: Departure) => void {
  let giveUpWaiting: (() => void) | undefined;
  const close = (): void => {
    giveUpWaiting?.();
    webSocketOf(socket)?.close(SERVICE_RESTART);
  };
  afterNextReply(socket, close);
  return (departure) => {
    giveUpWaiting?.();
    const restMs = drainTerms(departure, IDLE_GRACE_MS).endIdleAtMs - performance.now();
    const patienceMs = departure.reason === 'close' ? Math.min(IDLE_GRACE_MS, restMs) : restMs;
    giveUpWaiting = afterQuietTime(patienceMs * (1 + Math.random()) * 0.5, close);
  };
}

/** Calls back once something was received and then something was sent. */
function afterNextReply(socket: Socket, callback: () => void): void {
  const { write } = socket;
  let received = false;
  const onData = (): void => {
    received = true;
  };
  socket.on('data', onData);
  socket.write = ((...args: Parameters<typeof write>): boolean => {
    const result: boolean = Reflect.apply(write, socket, args);
    if (!received) return result;
    socket.off('data', onData);
    socket.write = write;
    // A message may be several writes.
    setImmediate(callback);
    return result;
  }) as typeof write;
}

/** The field has a name that nobody else can use, and so is found by its description. */
function webSocketOf(socket: Socket): WebSocketLike | undefined {
  for (const symbol of Object.getOwnPropertySymbols(socket)) {
    if (symbol.description !== 'websocket') continue;
    const found: unknown = Reflect.get(socket, symbol);
    if (typeof found === 'object' && found !== null && 'close' in found) {
      if (typeof found.close === 'function') return found as WebSocketLike;
    }
  }
  return undefined;
}
