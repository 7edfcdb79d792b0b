import type { Socket } from 'node:net';
import { DIAGNOSTICS, type NamedConnection } from '../../protocol/diagnostics.ts';
import type { ConnectionRefusalReason } from '../../protocol/refused-connection.ts';
import type { WorkerBoot } from '../../protocol/worker-handle.ts';

/** Which of the worker's connections it is. */
type ConnectionNumber = Pick<NamedConnection, 'connectionId'>;

/** Publishes what becomes of a worker's connections; without subscribers it makes no message. */
export class ConnectionNews {
  readonly #worker: Pick<NamedConnection, 'workerId' | 'generation'>;

  /** @param boot which worker it is */
  constructor({ workerId, generation }: Pick<WorkerBoot, 'workerId' | 'generation'>) {
    this.#worker = { workerId, generation };
  }

  /** Whether anybody hears of it. */
  get wanted(): boolean {
    return DIAGNOSTICS.connection.hasSubscribers;
  }

  /** A connection has come. */
  opened(connection: Socket, { connectionId }: ConnectionNumber): void {
    if (!this.wanted) return;
    const named = { ...this.#worker, connectionId, connection };
    DIAGNOSTICS.connection.publish({ event: 'open', ...named });
  }

  /** A connection has ended that was open for so long, in milliseconds. */
  closed(connection: Socket, { connectionId }: ConnectionNumber, openForMs: number): void {
    if (!this.wanted) return;
    const named = { ...this.#worker, connectionId, connection };
    DIAGNOSTICS.connection.publish({ event: 'close', ...named, openForMs });
  }

  /** A connection was refused or cut. */
  refused(
    reason: ConnectionRefusalReason,
    remoteAddress: string | undefined,
    error: Error | undefined,
  ): void {
    if (!this.wanted) return;
    const refusal = { ...this.#worker, reason, remoteAddress, error };
    DIAGNOSTICS.connection.publish({ event: 'refused', ...refusal });
  }
}
