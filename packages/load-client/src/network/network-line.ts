import type net from 'node:net';
import type { Network } from './network.ts';

/** What is under way: bytes, or the news that the sender has ended or reset the connection. */
interface Parcel {
  readonly dueMs: number;
  readonly content: Buffer | 'end' | 'reset';
}

/** Bytes that are sent as one piece however slow the line is: those of a full segment. */
const SEGMENT_BYTES = 1_460;

/** A limited line sends pieces of so many milliseconds, so that bytes arrive little by little. */
const PIECE_MS = 10;

/**
 * One direction of a connection: takes what one socket receives and gives it to the other
 * when its time has come, in the same order.
 *
 * It stops reading while more than its limit is under way, so that a sender is slowed down as by
 * any network. What is due waits while the receiver reads nothing.
 */
export class NetworkLine {
  readonly #from: net.Socket;
  readonly #to: net.Socket;
  readonly #network: Network;
  readonly #bufferBytes: number;
  readonly #onArrived: (bytes: number) => void;
  readonly #reset: (socket: net.Socket) => void;
  readonly #deliver = (): void => this.#deliverDue();
  #parcels: Parcel[] = [];
  #first = 0;
  #bytes = 0;
  #opensAtMs: number;
  #freeAtMs = 0;
  #lastDueMs = 0;
  #ready = false;
  #dead = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param from where the bytes come from
   * @param to where they go
   * @param options the network; the limit of bytes under way; the time of `performance.now()` at
   *   which what was sent before counts as sent; how a socket is reset; who counts
   */
  constructor(
    from: net.Socket,
    to: net.Socket,
    options: {
      readonly network: Network;
      readonly bufferBytes: number;
      readonly opensAtMs: number;
      readonly reset: (socket: net.Socket) => void;
      readonly onArrived: (bytes: number) => void;
    },
  ) {
    this.#from = from;
    this.#to = to;
    this.#network = options.network;
    this.#bufferBytes = options.bufferBytes;
    this.#opensAtMs = options.opensAtMs;
    this.#reset = options.reset;
    this.#onArrived = options.onArrived;
    from.on('data', (chunk: Buffer) => this.#send(chunk));
    from.once('end', () => this.#push('end', 0));
    from.on('error', () => this.#push('reset', 0));
    to.on('drain', this.#deliver);
    to.once('close', () => this.#die());
  }

  /** Lets the receiver get what is due; before it is connected nothing arrives. */
  ready(): void {
    this.#ready = true;
    this.#deliverDue();
  }

  #send(chunk: Buffer): void {
    const { bytesPerSecond } = this.#network.conditions;
    const pieceBytes = Math.max(SEGMENT_BYTES, Math.ceil((bytesPerSecond * PIECE_MS) / 1000));
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      const piece = pieceBytes < chunk.length ? chunk.subarray(start, start + pieceBytes) : chunk;
      this.#push(piece, (piece.length / bytesPerSecond) * 1000);
    }
    if (this.#bytes >= this.#bufferBytes) this.#from.pause();
  }

  #push(content: Parcel['content'], sendingMs: number): void {
    if (this.#dead) return;
    const nowMs = performance.now();
    this.#freeAtMs = Math.max(this.#freeAtMs, this.#opensAtMs, nowMs) + sendingMs;
    const dueMs = Math.max(this.#lastDueMs, this.#freeAtMs + this.#network.travelMs());
    this.#lastDueMs = dueMs;
    if (typeof content !== 'string') this.#bytes += content.length;
    this.#parcels.push({ dueMs, content });
    if (this.#timer === undefined) this.#deliverDue();
  }

  /** Hands over what is due, and comes back when the next is. */
  #deliverDue(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#ready || this.#dead) return;
    if (this.#network.held) {
      this.#network.onRelease(this.#deliver);
      return;
    }
    const nowMs = performance.now();
    for (;;) {
      const parcel = this.#parcels[this.#first];
      if (parcel === undefined || this.#to.writableNeedDrain) break;
      if (parcel.dueMs > nowMs) {
        this.#timer = setTimeout(this.#deliver, Math.ceil(parcel.dueMs - nowMs));
        break;
      }
      this.#first += 1;
      this.#arrive(parcel.content);
      if (this.#dead) return;
    }
    this.#tidy();
    if (this.#from.isPaused() && this.#bytes <= this.#bufferBytes / 2) this.#from.resume();
  }

  #arrive(content: Parcel['content']): void {
    if (content === 'end') this.#to.end();
    else if (content === 'reset') {
      this.#die();
      this.#reset(this.#to);
    } else {
      this.#bytes -= content.length;
      this.#onArrived(content.length);
      this.#to.write(content);
    }
  }

  /** Forgets what has arrived, now and then, so that each parcel is moved once at most. */
  #tidy(): void {
    if (this.#first < 64 || this.#first * 2 < this.#parcels.length) return;
    this.#parcels = this.#parcels.slice(this.#first);
    this.#first = 0;
  }

  /** Nobody is left to receive: what is under way is lost, and what still comes is read and lost. */
  #die(): void {
    this.#dead = true;
    clearTimeout(this.#timer);
    this.#network.offRelease(this.#deliver);
    this.#parcels = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#from.resume();
  }
}
