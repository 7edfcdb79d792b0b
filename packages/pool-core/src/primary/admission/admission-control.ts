import { createRequire } from 'node:module';
import type * as ConnectionGuardModule from '@sockpool/connection-guard';
import type { AddressLimit } from '@sockpool/connection-guard';
import { doneWithin } from '../supervision/deadline.ts';
import { fromErrorRecord } from '../../errors/error-record.ts';
import { PoolClosedError, TlsReloadTimeoutError } from '../../errors/errors.ts';
import type { ResolvedAdmissionOptions } from '../../options/admission-options.ts';
import type { Logger } from '@sockpool/handler';
import type { ManagedWorker } from '../supervision/managed-worker.ts';
import { oneLine } from '../../errors/plain-text.ts';
import {
  type ConnectionRefusalReason,
  NO_REFUSED_CONNECTIONS,
  type RefusalRecord,
  type RefusedConnection,
} from '../../protocol/refused-connection.ts';
import { ThrottledLog } from '../../logging/throttled-log.ts';
import {
  newTicketKeys,
  type PoolTlsOptions,
  resolveTlsOptions,
} from '../../options/listening/tls-options.ts';

const require = createRequire(import.meta.url);

/** Whom the admission control tells. */
export interface AdmissionControlEvents {
  refused(refused: RefusedConnection, worker: ManagedWorker): void;
}

/** How long a reload waits. */
interface ReloadLimits {
  /** In milliseconds. */
  readonly timeoutMs: number;
  /** The pool is destroyed. */
  readonly signal: AbortSignal;
}

/**
 * The primary's side of what connections have to pass: counts what the workers refuse, and
 * keeps what only the whole pool can, the connections of each client address.
 */
export class AdmissionControl {
  readonly #events: AdmissionControlEvents;
  readonly #log: ThrottledLog;
  readonly #limit: AddressLimit | undefined;
  /** How many permits each worker has taken, by key. */
  readonly #permits = new Map<ManagedWorker, Map<string, number>>();
  readonly #counts: Record<ConnectionRefusalReason, number> = { ...NO_REFUSED_CONNECTIONS };
  /** The same by slot, of the reasons that there were. */
  readonly #countsOf = new Map<number, Partial<Record<ConnectionRefusalReason, number>>>();
  #options: ResolvedAdmissionOptions | undefined;
  #rotating: (() => readonly ManagedWorker[]) | undefined;
  #rotation: NodeJS.Timeout | undefined;

  /**
   * @param options what connections have to pass, if anything
   * @param logger is warned of refusals, now and then
   * @param events is told of refusals
   */
  constructor(
    options: ResolvedAdmissionOptions | undefined,
    logger: Logger,
    events: AdmissionControlEvents,
  ) {
    this.#options = options;
    this.#events = events;
    this.#log = new ThrottledLog(logger);
    const { protection } = options ?? {};
    if (protection !== undefined && protection.maxConnectionsPerAddress < Infinity) {
      const guard = require('@sockpool/connection-guard') as typeof ConnectionGuardModule;
      this.#limit = new guard.AddressLimit(protection);
    }
  }

  /** What to tell a worker when it boots. */
  get boot(): ResolvedAdmissionOptions | undefined {
    return this.#options;
  }

  /** How many connections were refused or cut so far, by reason. */
  get counts(): Readonly<Record<ConnectionRefusalReason, number>> {
    return { ...this.#counts };
  }

  /**
   * How many of them the workers of one slot refused or cut, by reason; reasons that there were.
   *
   * @param workerId the slot
   */
  countsOf(workerId: number): Readonly<Partial<Record<ConnectionRefusalReason, number>>> {
    return { ...this.#countsOf.get(workerId) };
  }

  /**
   * Exchanges what TLS is terminated with, in these workers and in those still to come.
   *
   * @param options all of them; what is not given has its default
   * @param workers every worker that there is
   * @param limits how long workers may take to answer, and what ends the wait early
   * @returns when all have it
   * @throws {TypeError} when TLS is not terminated, or an option is wrong
   * @throws {RangeError} when a number is out of bounds
   * @throws {InvalidTlsOptionsError} when OpenSSL cannot use them; then nothing changes
   * @throws {TlsReloadTimeoutError} when a worker does not answer in time
   * @throws {PoolClosedError} when the signal fires
   */
  async reloadTls(
    options: PoolTlsOptions,
    workers: readonly ManagedWorker[],
    { timeoutMs, signal }: ReloadLimits,
  ): Promise<void> {
    if (this.#options?.tls === undefined) {
      throw new TypeError('Cannot reload TLS: the pool was made without the option tls');
    }
    const tls = resolveTlsOptions(options);
    this.#options = Object.freeze({ ...this.#options, tls });
    const reloads = Promise.all(
      workers.map(async (worker) => ({ worker, answer: await worker.reloadTls(tls, timeoutMs) })),
    );
    this.#rotate();
    await doneWithin(reloads, Infinity, signal);
    if (signal.aborted) throw new PoolClosedError('reload TLS');
    const done = await reloads;
    // One that is gone needs no certificate any more.
    const late = done.filter(({ worker, answer }) => !answer && worker.exit === undefined);
    if (late.length > 0) {
      throw new TlsReloadTimeoutError(
        late.map(({ worker }) => worker.id),
        timeoutMs,
      );
    }
    const failure = done.find(({ answer }) => answer?.error !== undefined)?.answer?.error;
    if (failure !== undefined) throw fromErrorRecord(failure);
  }

  /**
   * Begins to change the keys of session tickets now and then, in all workers together.
   *
   * @param workers gives every worker that there is
   */
  start(workers: () => readonly ManagedWorker[]): void {
    this.#rotating = workers;
    this.#rotate();
  }

  /** Changes no keys any more. Idempotent. */
  stop(): void {
    this.#rotating = undefined;
    clearTimeout(this.#rotation);
  }

  /** Waits until the keys of now are old, then changes them. */
  #rotate(): void {
    clearTimeout(this.#rotation);
    const { ticketKeysLifetimeMs = Infinity } = this.#options?.tls ?? {};
    if (this.#rotating === undefined || ticketKeysLifetimeMs === Infinity) return;
    this.#rotation = setTimeout(() => {
      if (this.#options?.tls === undefined) return;
      const tls = Object.freeze({ ...this.#options.tls, ticketKeys: newTicketKeys() });
      this.#options = Object.freeze({ ...this.#options, tls });
      // Nobody waits for the answers: a worker that is stuck has them when its loop turns.
      for (const worker of this.#rotating?.() ?? []) void worker.reloadTls(tls, 0);
      this.#rotate();
    }, ticketKeysLifetimeMs).unref();
  }

  /** A worker has refused or cut connections. */
  refused(worker: ManagedWorker, refused: readonly RefusalRecord[]): void {
    for (const record of refused) this.#onRefused(worker, record);
  }

  /** Takes back the permits of a worker that is gone. */
  workerGone(worker: ManagedWorker): void {
    for (const [key, permits] of this.#permits.get(worker) ?? []) {
      for (let permit = 0; permit < permits; permit += 1) this.#limit?.release(key);
    }
    this.#permits.delete(worker);
  }

  /**
   * Takes a permit for a connection of a worker.
   *
   * @param worker whose it is
   * @param address the client's address
   * @returns with what to give it back; undefined when there is none
   */
  takePermit(worker: ManagedWorker, address: string): string | undefined {
    const key = this.#limit?.take(address);
    if (key === undefined) return undefined;
    const permits = this.#permits.get(worker) ?? new Map<string, number>();
    this.#permits.set(worker, permits.set(key, (permits.get(key) ?? 0) + 1));
    return key;
  }

  /** Gives a permit of a worker back. */
  releasePermit(worker: ManagedWorker, key: string): void {
    const permits = this.#permits.get(worker);
    const taken = permits?.get(key) ?? 0;
    if (taken > 1) permits?.set(key, taken - 1);
    else permits?.delete(key);
    if (taken > 0) this.#limit?.release(key);
  }

  #onRefused(worker: ManagedWorker, record: RefusalRecord): void {
    this.#counts[record.reason] += record.connections;
    const ofSlot = this.#countsOf.get(worker.id) ?? {};
    ofSlot[record.reason] = (ofSlot[record.reason] ?? 0) + record.connections;
    this.#countsOf.set(worker.id, ofSlot);
    const error = record.error && fromErrorRecord(record.error);
    const refused: RefusedConnection = { ...record, error };
    const { reason, remoteAddress, connections } = refused;
    const why = error === undefined ? reason : `${reason}, ${oneLine(error.message)}`;
    this.#log.say(
      `Worker ${worker.id} refused or cut a connection: ${why}`,
      { remoteAddress, connections },
      reason,
    );
    this.#events.refused(refused, worker);
  }
}
