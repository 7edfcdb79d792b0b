import type { EventEmitter } from 'node:events';
import type { Logger } from './connection-handler.ts';
import type { SchedulingError } from './errors.ts';
import type { ShedConnection } from './overload-options.ts';
import type { PoolEvents } from './pool-stats.ts';
import { ThrottledLog } from './throttled-log.ts';

/** Tells of what happens in a pool: by events, and in the log what may need somebody's care. */
export class PoolNotices {
  readonly logger: Logger;
  readonly #emitter: EventEmitter;
  readonly #schedulingLog: ThrottledLog;
  readonly #shedLog: ThrottledLog;
  readonly #acceptLog: ThrottledLog;

  /**
   * @param emitter emits the events
   * @param logger gets the entries
   */
  constructor(emitter: EventEmitter<PoolEvents>, logger: Logger) {
    // The tuple is that of the event, which TypeScript cannot see through the emitter's overloads.
    this.#emitter = emitter as EventEmitter;
    this.logger = logger;
    this.#schedulingLog = new ThrottledLog(logger);
    this.#shedLog = new ThrottledLog(logger);
    this.#acceptLog = new ThrottledLog(logger);
  }

  /** Emits an event. What a listener throws must not stop the pool halfway: it is thrown afterwards. */
  tell<Event extends keyof PoolEvents>(event: Event, ...values: PoolEvents[Event]): void {
    try {
      this.#emitter.emit(event, ...values);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  /** A connection is turned away. */
  shed(shed: ShedConnection): void {
    this.#shedLog.say('The pool has no place for a client and turns it away', { ...shed });
    this.tell('connectionShed', shed);
  }

  /** The primary cannot accept. */
  acceptError(error: Error): void {
    this.#acceptLog.say(`The pool could not accept a connection: ${error.message}`);
    this.tell('acceptError', error);
  }

  /** The scheduling function failed. */
  schedulingError(error: SchedulingError): void {
    this.#schedulingLog.say(error.message, { cause: error.cause });
    this.tell('schedulingError', error);
  }
}
