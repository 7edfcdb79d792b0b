import type { Socket } from 'node:net';
import type { ResolvedGuardOptions } from './guard-options.ts';
import type { RefusalReason } from './refusal.ts';

/** A connection as it is at one look. */
export interface PaceLook {
  readonly socket: Pick<Socket, 'bytesRead' | 'bytesWritten' | 'writableLength'>;
  /** Whether bytes wait for the client to take them, on it or on what is on top of it. */
  readonly unread: boolean;
  /** Bytes that were taken of what was written to it or to what is on top of it. */
  readonly takenBytes: number;
  /** Whether the client has sent a whole request that is not yet answered. */
  readonly awaitsReply: boolean;
}

/** How one connection moves, known from Node's own byte counters at each look. */
export class ConnectionPace {
  readonly #openedAtMs: number;
  readonly #ignoredBytes: number;
  #movedAtMs: number;
  #tookAtMs: number;
  #bytesRead: number;
  #bytesWritten: number;
  #bufferedToWrite: number;
  #takenBytes = 0;
  #burst: { readonly startedAtMs: number; lastAtMs: number; bytes: number } | undefined;
  #reading: { readonly startedAtMs: number; bytes: number } | undefined;

  /**
   * @param socket the connection
   * @param nowMs the time, on any clock
   * @param ignoredBytes bytes that it has read and that are not the client's
   */
  constructor(socket: PaceLook['socket'], nowMs: number, ignoredBytes: number) {
    this.#ignoredBytes = ignoredBytes;
    this.#bytesRead = ignoredBytes;
    this.#openedAtMs = nowMs;
    this.#movedAtMs = nowMs;
    this.#tookAtMs = nowMs;
    this.#bytesWritten = socket.bytesWritten;
    this.#bufferedToWrite = socket.writableLength;
  }

  /**
   * Looks at the connection.
   *
   * @param look how it is now
   * @param nowMs the time, on the clock of the constructor's
   * @param limits what is allowed
   * @returns the limit that it breaks, if any
   */
  look(look: PaceLook, nowMs: number, limits: ResolvedGuardOptions): RefusalReason | undefined {
    const { bytesRead, bytesWritten, writableLength } = look.socket;
    const read = bytesRead - this.#bytesRead;
    const wrote = bytesWritten !== this.#bytesWritten;
    this.#follow(look, nowMs);
    if (read > 0 || wrote || writableLength !== this.#bufferedToWrite) this.#movedAtMs = nowMs;
    if (wrote || look.awaitsReply) this.#burst = undefined;
    else if (read > 0) this.#extendBurst(read, nowMs);
    this.#bytesRead = bytesRead;
    this.#bytesWritten = bytesWritten;
    this.#bufferedToWrite = writableLength;

    if (bytesRead - this.#ignoredBytes > limits.maxConnectionBytes) return 'bytes';
    if (nowMs - this.#openedAtMs >= limits.maxLifetimeMs) return 'lifetime';
    if (bytesRead <= this.#ignoredBytes && nowMs - this.#openedAtMs >= limits.firstByteTimeoutMs) {
      return 'firstByteTimeout';
    }
    if (look.unread) {
      if (nowMs - this.#tookAtMs >= limits.unreadTimeoutMs) return 'slowReader';
      if (this.#isSlowReader(nowMs, limits)) return 'slowReader';
    } else if (nowMs - this.#movedAtMs >= limits.idleTimeoutMs) return 'idleTimeout';
    return this.#isSlow(limits) ? 'slow' : undefined;
  }

  /** Follows what the client takes. */
  #follow({ socket, unread, takenBytes }: PaceLook, nowMs: number): void {
    // What is on top of a connection writes past its buffer: then what it wrote was taken before.
    const { bytesWritten, writableLength } = socket;
    const passed = writableLength === 0 ? Math.max(0, bytesWritten - this.#bytesWritten) : 0;
    const took = Math.max(takenBytes - this.#takenBytes, passed);
    this.#takenBytes = takenBytes;
    if (!unread) {
      this.#tookAtMs = nowMs;
      if (this.#reading !== undefined) this.#movedAtMs = nowMs;
      this.#reading = undefined;
      return;
    }
    if (took > 0 || this.#reading === undefined) this.#tookAtMs = nowMs;
    this.#reading ??= { startedAtMs: nowMs, bytes: 0 };
    this.#reading.bytes += took;
  }

  #isSlowReader(
    nowMs: number,
    { minReadBytesPerSecond, rateGraceMs }: ResolvedGuardOptions,
  ): boolean {
    if (this.#reading === undefined) return false;
    const lastedMs = nowMs - this.#reading.startedAtMs;
    if (lastedMs === 0 || lastedMs < rateGraceMs) return false;
    return this.#reading.bytes * 1_000 < minReadBytesPerSecond * lastedMs;
  }

  #extendBurst(bytes: number, nowMs: number): void {
    this.#burst ??= { startedAtMs: nowMs, lastAtMs: nowMs, bytes: 0 };
    this.#burst.lastAtMs = nowMs;
    this.#burst.bytes += bytes;
  }

  #isSlow({ minBytesPerSecond, rateGraceMs }: ResolvedGuardOptions): boolean {
    if (this.#burst === undefined) return false;
    const lastedMs = this.#burst.lastAtMs - this.#burst.startedAtMs;
    if (lastedMs === 0 || lastedMs < rateGraceMs) return false;
    return this.#burst.bytes * 1_000 < minBytesPerSecond * lastedMs;
  }
}
