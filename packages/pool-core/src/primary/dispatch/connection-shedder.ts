import type { Socket } from 'node:net';
import { LINGER_MS } from '@sockpool/handler/closing';
import type { ShedConnection, ShedReason } from '../../options/overload-options.ts';

/** What a shedder works with. */
export interface ConnectionShedderSettings {
  /** What a connection gets to read before its end, if anything. */
  readonly rejectWith: Uint8Array | undefined;
  /** Connections that may be on their way out at the same time. */
  readonly maxLingering: number;
  /** Called for each one, once it is on its way out. */
  readonly onShed: (shed: ShedConnection) => void;
  /** Called when {@link ConnectionShedder.saturated} has changed. */
  readonly onSaturated: () => void;
}

/**
 * Turns connections away that nobody has time for: tells them so and closes them, without
 * a reset that could destroy the bytes before the client has read them.
 *
 * For that it ends its own side and discards what the client sends (RFC 9112, 9.6) until
 * the client ends too, for a second at most. While `maxLingering` are on their way out it
 * is saturated, and no more should be accepted; if more come all the same, the
 * oldest is cut.
 */
export class ConnectionShedder {
  readonly #settings: ConnectionShedderSettings;
  readonly #lingering = new Set<Socket>();
  readonly #counts: Record<ShedReason, number> = {
    'queue-full': 0,
    'queue-timeout': 0,
    'dropped-oldest': 0,
  };
  #whenIdle: PromiseWithResolvers<void> | undefined;

  constructor(settings: ConnectionShedderSettings) {
    this.#settings = settings;
  }

  /** How many were shed so far, by reason. A snapshot. */
  get counts(): Readonly<Record<ShedReason, number>> {
    return { ...this.#counts };
  }

  /** Whether as many are on their way out as may. */
  get saturated(): boolean {
    return this.#lingering.size >= this.#settings.maxLingering;
  }

  /** Turns a paused connection away. */
  shed(connection: Socket, reason: ShedReason, waitedMs: number): void {
    // Known only while the connection is open.
    const { remoteAddress } = connection;
    this.#counts[reason] += 1;
    if (!connection.destroyed) this.#close(connection);
    this.#settings.onShed(Object.freeze({ reason, remoteAddress, waitedMs }));
  }

  /** Resolves when none is on its way out. */
  idle(): Promise<void> {
    if (this.#lingering.size === 0) return Promise.resolve();
    this.#whenIdle ??= Promise.withResolvers();
    return this.#whenIdle.promise;
  }

  /** Cuts those that are on their way out. */
  cut(): void {
    for (const connection of this.#lingering) connection.destroy();
  }

  #close(connection: Socket): void {
    if (this.saturated) this.#cutOldest();
    const timer = setTimeout(() => connection.destroy(), LINGER_MS);
    this.#lingering.add(connection);
    connection
      // A client that has gone, or resets, has been rejected all the same.
      .on('error', () => undefined)
      .once('close', () => {
        clearTimeout(timer);
        this.#leave(connection);
      });
    if (this.#settings.rejectWith === undefined) connection.end();
    else connection.end(this.#settings.rejectWith);
    connection.resume();
    if (this.saturated) this.#settings.onSaturated();
  }

  #cutOldest(): void {
    const [oldest] = this.#lingering;
    if (oldest === undefined) return;
    oldest.destroy();
    this.#leave(oldest);
  }

  #leave(connection: Socket): void {
    const { saturated } = this;
    if (!this.#lingering.delete(connection)) return;
    if (saturated) this.#settings.onSaturated();
    if (this.#lingering.size > 0) return;
    this.#whenIdle?.resolve();
    this.#whenIdle = undefined;
  }
}
