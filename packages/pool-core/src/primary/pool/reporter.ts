import type { EventEmitter } from 'node:events';
import type { Logger } from '@sockpool/handler';
import { errorPlaceText } from '@sockpool/option-checks';
import { containLogger } from '../../logging/contained-logger.ts';
import { fromErrorRecord } from '../../errors/error-record.ts';
import {
  type CrashLoopError,
  RestartFailedError,
  type SchedulingError,
  type WorkerStuckError,
} from '../../errors/errors.ts';
import { SLOW_BOOT_MS } from '../supervision/boot-deadline.ts';
import type { AddressList } from '../accepting/pool-addresses.ts';
import type { ManagedWorker } from '../supervision/managed-worker.ts';
import type { WorkerMessage } from '../../protocol/messages.ts';
import type { ResolvedPoolOptions } from '../../options/pool-options.ts';
import type { ShedConnection } from '../../options/overload-options.ts';
import type { RecycleReason } from '../../options/workers/recycle-options.ts';
import { publishEvent } from './pool-diagnostics.ts';
import type { PoolEvents } from './pool-stats.ts';
import { stderrLogger } from '../../logging/stderr-logger.ts';
import { ThrottledLog } from '../../logging/throttled-log.ts';
import { type WorkerInfo, workerInfo } from '../../options/workers/worker-info.ts';
import { describeError, explainEnd } from '../../protocol/worker-end.ts';
import type { WorkerExit } from '../../protocol/worker-handle.ts';
import type { WorkerSpawnError } from '../../errors/worker-spawn-error.ts';

/** The worker that an entry is of; a slot without one has no generation. */
type NamedWorker = Pick<ManagedWorker, 'id'> & Partial<Pick<ManagedWorker, 'generation'>>;

/** How a handler failed, by what became of its connection. */
const WHAT_FAILED = {
  cut: 'a handler failed, and its connection was cut',
  ended: 'a handler failed after its connection had ended',
  work: 'what was given to waitUntil() failed',
} as const;

/**
 * Tells of what happens in a pool: by events, and in the log what may need somebody's care. Each
 * failure is one entry with the worker, the reason and the stack; what happens often is throttled
 * by its kind.
 */
export class Reporter {
  /** Never throws, whatever the pool's logger does. */
  readonly logger: Logger;
  readonly #emitter: EventEmitter;
  readonly #warnings: ThrottledLog;
  readonly #failures: ThrottledLog;
  readonly #toStderr: boolean;
  /** The last generation in which a worker was slow to start. */
  #slowGeneration: number | undefined;

  /**
   * @param emitter emits the events
   * @param logger gets the entries
   */
  constructor(emitter: EventEmitter<PoolEvents>, logger: Logger) {
    // The tuple is that of the event, which TypeScript cannot see through the emitter's overloads.
    this.#emitter = emitter as EventEmitter;
    this.logger = containLogger(logger);
    this.#toStderr = logger === stderrLogger;
    this.#warnings = new ThrottledLog(this.logger);
    this.#failures = new ThrottledLog(this.logger, 'error');
  }

  /** Emits an event. What a listener throws must not stop the pool halfway: it is thrown afterwards. */
  tell<Event extends keyof PoolEvents>(event: Event, ...values: PoolEvents[Event]): void {
    if (event === 'restartFailed') this.#restartFailed(values[0]);
    if (event === 'closed') this.flush();
    publishEvent(this.#emitter, event, values);
    try {
      this.#emitter.emit(event, ...values);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  /** Writes what the throttle holds back. */
  flush(): void {
    this.#warnings.flush();
    this.#failures.flush();
  }

  /** The pool serves; why with as many workers, if it has decided that itself. */
  listening(
    addresses: AddressList,
    { workers, workersReason }: Pick<ResolvedPoolOptions, 'workers' | 'workersReason'>,
  ): void {
    if (workersReason !== undefined) {
      this.logger.info(`The number of workers is ${workers}: ${workersReason}`);
    }
    this.tell('listening', addresses[0], addresses);
  }

  /** An entry of a handler. */
  log(entry: WorkerMessage & { readonly type: 'log' }, worker: NamedWorker): void {
    const { level, fields, errors, connectionId } = entry;
    const message = this.#toStderr ? `Worker ${worker.id}: ${entry.message}` : entry.message;
    const revived = Object.entries(errors ?? {}).map(([key, record]) => [
      key,
      fromErrorRecord(record),
    ]);
    this.logger[level](message, {
      ...this.#fields(worker, undefined, connectionId),
      ...fields,
      ...Object.fromEntries(revived),
    });
  }

  /** A handler threw or rejected, or what it gave to `waitUntil()` did. */
  handlerError(
    error: Error,
    worker: WorkerInfo,
    { advice, late, connectionId }: Omit<WorkerMessage & { type: 'handlerError' }, 'type'>,
  ): void {
    const hint = advice === undefined ? '' : `; ${advice}`;
    this.#fail(
      `Worker ${worker.workerId}: ${WHAT_FAILED[late ?? 'cut']}: ${describeError(error)}${hint}`,
      { id: worker.workerId, generation: worker.generation },
      error,
      connectionId,
    );
    this.tell('handlerError', error, worker);
  }

  /** A worker ended that should be there. */
  workerFailed(worker: ManagedWorker, exit: WorkerExit): void {
    const { id, lastError, cutConnections } = worker;
    const cut = cutConnections > 0 ? `; connections cut: ${cutConnections}` : '';
    const next = exit.expected ? '' : '; it is replaced';
    this.#fail(`Worker ${id} ${explainEnd(exit, lastError)}${cut}${next}`, worker, lastError);
  }

  /**
   * A worker takes long to become ready. The log names one in each generation: the others load the same,
   * and a count of them would come when they are ready.
   */
  slowBoot(worker: ManagedWorker, loaded: string, bootTimeoutMs: number): void {
    if (worker.generation === this.#slowGeneration) return;
    this.#slowGeneration = worker.generation;
    this.logger.warn(
      `Worker ${worker.id} is not ready after ${SLOW_BOOT_MS} ms: see what '${loaded}' awaits, or whether it ` +
        `calls listen(); it is given up after ${bootTimeoutMs} ms (bootTimeoutMs)`,
      this.#fields(worker, undefined),
    );
  }

  /** A worker is about to be replaced although nothing is wrong with it, or at its own wish. */
  recycling(worker: ManagedWorker, reason: RecycleReason): void {
    const { request } = reason;
    if (request !== undefined) {
      const fields = this.#fields(worker, undefined);
      this.#warnings.say(`Worker ${worker.id} is replaced: ${request}`, fields, request);
    }
    this.tell('workerRecycle', workerInfo(worker), reason);
  }

  /** A worker is about to be killed for hanging. */
  workerStuck(error: WorkerStuckError, worker: ManagedWorker): void {
    this.logger.error(
      `${error.message}. It is killed and replaced; connections cut: ${worker.activeConnections}. ` +
        'Move long computations to a thread or process of their own, or raise health.stuckTimeoutMs; ' +
        (error.workerStack === undefined ? 'its stack could not be taken' : 'it hangs here:'),
      this.#fields(worker, error),
    );
  }

  /**
   * A worker could not be made, and is tried again.
   *
   * @param othersServe whether the pool has workers that serve meanwhile
   */
  spawnFailed(
    error: WorkerSpawnError,
    attempts: number,
    retryDelayMs: number,
    othersServe: boolean,
  ): void {
    this.#failures.say(
      `${error.message}. The pool tries again in ${Math.round(retryDelayMs)} ms, ${meanwhile(othersServe)}`,
      this.#fields({ id: error.workerId }, undefined),
      `spawn ${error.cause instanceof Error ? error.cause.message : ''}`,
    );
    this.tell('workerSpawnFailed', { error, workerId: error.workerId, attempts, retryDelayMs });
  }

  /**
   * One worker keeps dying, and others do not.
   *
   * @param othersServe whether the pool has workers that serve meanwhile
   */
  slotBroken({ workerId, crashes, cause }: CrashLoopError, othersServe: boolean): void {
    this.#failures.say(
      `Worker ${workerId} died ${crashes} times in a row before it had a connection; see the entries ` +
        `before. The pool tries again, ${meanwhile(othersServe)}`,
      this.#fields({ id: workerId }, cause instanceof Error ? cause : undefined),
      `broken ${workerId}`,
    );
  }

  /**
   * The pool has given up.
   *
   * @param error why
   * @param heard whether somebody listens to the event; if not it is thrown, and so printed
   */
  crashLoop(error: CrashLoopError, heard: boolean): void {
    if (!heard && this.#toStderr) return;
    this.logger.error(error.message, this.#fields({ id: error.workerId }, error));
  }

  /** A worker does not take the messages of channels. */
  messageDropped(workerId: number, channel: string, maxQueuedBytes: number): void {
    this.#warnings.say(
      `Worker ${workerId} does not take the messages of channels: ${maxQueuedBytes} bytes wait for it ` +
        `already, so that one of channel '${channel}' is dropped; post less, or raise channels.maxQueuedBytes`,
      this.#fields({ id: workerId }, undefined),
      `channels of ${workerId}`,
    );
  }

  /** A connection is rejected. */
  shed(shed: ShedConnection): void {
    const { reason, remoteAddress, waitedMs } = shed;
    this.#warnings.say(
      `The pool is full and rejects a client: ${reason}; add workers, or raise maxConnectionsPerWorker`,
      { remoteAddress, waitedMs: Math.round(waitedMs) },
      reason,
    );
    this.tell('connectionShed', shed);
  }

  /** The primary cannot accept. */
  acceptError(error: Error): void {
    this.#warnings.say(`The pool cannot accept a connection: ${error.message}`);
    this.tell('acceptError', error);
  }

  /** The scheduling function failed. */
  schedulingError(error: SchedulingError): void {
    this.#warnings.say(error.message, { error });
    this.tell('schedulingError', error);
  }

  #restartFailed(error: unknown): void {
    if (!(error instanceof RestartFailedError)) return;
    this.logger.error(`${error.message}${errorPlaceText(error)}; fix the cause and restart again`, {
      error,
    });
  }

  /** Writes an entry, throttled by what failed and where. */
  #fail(
    message: string,
    worker: NamedWorker,
    error: Error | undefined,
    connectionId?: number,
  ): void {
    const where = /^\s+at .*$/m.exec(error?.stack ?? '')?.[0] ?? '';
    const kind = error === undefined ? message : `${error.name} ${where || error.message}`;
    this.#failures.say(message, this.#fields(worker, error, connectionId), kind);
  }

  /** On standard error the message says which worker. */
  #fields(
    { id: workerId, generation }: NamedWorker,
    error: Error | undefined,
    connectionId?: number,
  ): Readonly<Record<string, unknown>> {
    if (this.#toStderr) return error === undefined ? {} : { error };
    return {
      workerId,
      ...(generation !== undefined && { generation }),
      ...(connectionId !== undefined && { connectionId }),
      ...(error !== undefined && { error }),
    };
  }
}

/** What becomes of clients until a worker is there. */
function meanwhile(othersServe: boolean): string {
  return othersServe ? 'the others serve on' : 'and until then no worker serves: clients wait';
}
