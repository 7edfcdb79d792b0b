import net from 'node:net';
import type { ResolvedTarget } from '../target/target-address.ts';
import type { Network } from './network.ts';
import { NetworkLine } from './network-line.ts';

/** What a connection tells its proxy. */
export interface ProxiedConnectionEvents {
  readonly bytesToTarget: (bytes: number) => void;
  readonly bytesToClient: (bytes: number) => void;
  /** The target could not be reached. */
  readonly failed: (error: NodeJS.ErrnoException) => void;
  /** The connection was cut at the age that the conditions name. */
  readonly cut: () => void;
  /** Both sockets are closed. */
  readonly closed: () => void;
}

/** A client's connection, its connection to the target, and the line each way between them. */
export class ProxiedConnection {
  readonly #client: net.Socket;
  readonly #target: net.Socket;
  readonly #targetAddress: ResolvedTarget;
  readonly #network: Network;
  readonly #events: ProxiedConnectionEvents;
  readonly #toTarget: NetworkLine;
  readonly #toClient: NetworkLine;
  readonly #connect = (): void => this.#connectTarget();
  readonly #connectTimer: NodeJS.Timeout | undefined;
  readonly #cutTimer: NodeJS.Timeout | undefined;
  #open = 2;

  constructor(
    client: net.Socket,
    targetAddress: ResolvedTarget,
    network: Network,
    bufferBytes: number,
    events: ProxiedConnectionEvents,
  ) {
    this.#client = client;
    this.#targetAddress = targetAddress;
    this.#network = network;
    this.#events = events;
    this.#target = new net.Socket({ allowHalfOpen: true });
    const nowMs = performance.now();
    const { delayMs } = network.conditions;
    const line = { network, bufferBytes, reset: (socket: net.Socket) => this.#reset(socket) };
    this.#toTarget = new NetworkLine(client, this.#target, {
      ...line,
      opensAtMs: nowMs + 2 * delayMs,
      onArrived: events.bytesToTarget,
    });
    this.#toClient = new NetworkLine(this.#target, client, {
      ...line,
      opensAtMs: nowMs,
      onArrived: events.bytesToClient,
    });
    client.once('close', () => this.#closed());
    this.#target.once('close', () => this.#closed());
    if (delayMs === 0) this.#connectTarget();
    else this.#connectTimer = setTimeout(this.#connect, Math.ceil(3 * delayMs));
    const cutMs = network.drawCutMs();
    if (cutMs !== undefined) {
      this.#cutTimer = setTimeout(() => {
        this.cut();
        events.cut();
      }, cutMs);
    }
  }

  /** Resets both sides at once; what is under way is lost. */
  cut(): void {
    this.#stopTimers();
    this.#reset(this.#client);
    this.#reset(this.#target);
  }

  #connectTarget(): void {
    if (this.#target.destroyed) return;
    if (this.#network.held) {
      this.#network.onRelease(this.#connect);
      return;
    }
    const failed = (error: NodeJS.ErrnoException): void => {
      this.#events.failed(error);
      // The client has waited for this answer already.
      this.#reset(this.#client);
    };
    this.#target.once('error', failed);
    this.#target.once('connect', () => {
      this.#target.off('error', failed);
      this.#toTarget.ready();
      this.#toClient.ready();
    });
    this.#target.setNoDelay(true).connect(this.#targetAddress);
  }

  #reset(socket: net.Socket): void {
    if (socket.destroyed) return;
    const connected = !socket.pending && !socket.connecting;
    // A unix socket knows no reset, and neither does one that was never connected.
    // One whose end is not out yet cannot be reset: Node tells of EINVAL, and never closes it.
    const ending = socket.writableEnded && !socket.writableFinished;
    const resettable =
      connected && !ending && (socket === this.#client || 'port' in this.#targetAddress);
    if (resettable) socket.resetAndDestroy();
    else socket.destroy();
  }

  #stopTimers(): void {
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#cutTimer);
    this.#network.offRelease(this.#connect);
  }

  #closed(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#stopTimers();
    this.#events.closed();
  }
}
