import type { Socket } from 'node:net';
import type { ResolvedGuardOptions } from './guard-options.ts';
import type { RefusalReason } from './refusal.ts';

/** How one connection moves, known from Node's own byte counters at each look. */
export class ConnectionPace {
  readonly #openedAtMs: number;
  #movedAtMs: number;
  readonly #ignoredBytes: number;
  #bytesRead: number;
  #bytesWritten: number;
  #bufferedToWrite: number;
  #burst: { readonly startedAtMs: number; lastAtMs: number; bytes: number } | undefined;

  /**
   * @param socket the connection
   * @param nowMs the time, on any clock
   * @param ignoredBytes bytes that it has read and that are not the client's
   */
  constructor(socket: Socket, nowMs: number, ignoredBytes: number) {
    this.#ignoredBytes = ignoredBytes;
    this.#bytesRead = ignoredBytes;
    this.#openedAtMs = nowMs;
    this.#movedAtMs = nowMs;
    this.#bytesWritten = socket.bytesWritten;
    this.#bufferedToWrite = socket.writableLength;
  }

  /**
   * Looks at the connection.
   *
   * @param socket the connection
   * @param nowMs the time, on the clock of the constructor's
   * @param limits what is allowed
   * @returns the limit that it breaks, if any
   */
  look(socket: Socket, nowMs: number, limits: ResolvedGuardOptions): RefusalReason | undefined {
    const { bytesRead, bytesWritten, writableLength } = socket;
    const read = bytesRead - this.#bytesRead;
    const wrote = bytesWritten !== this.#bytesWritten;
    if (read > 0 || wrote || writableLength !== this.#bufferedToWrite) this.#movedAtMs = nowMs;
    if (wrote) this.#burst = undefined;
    else if (read > 0) this.#extendBurst(read, nowMs);
    this.#bytesRead = bytesRead;
    this.#bytesWritten = bytesWritten;
    this.#bufferedToWrite = writableLength;

    if (bytesRead - this.#ignoredBytes > limits.maxConnectionBytes) return 'bytes';
    if (nowMs - this.#openedAtMs >= limits.maxLifetimeMs) return 'lifetime';
    if (bytesRead <= this.#ignoredBytes && nowMs - this.#openedAtMs >= limits.firstByteTimeoutMs) {
      return 'firstByteTimeout';
    }
    if (nowMs - this.#movedAtMs >= limits.idleTimeoutMs) return 'idleTimeout';
    return this.#isSlow(limits) ? 'slow' : undefined;
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
