import { toErrorRecord } from '../errors/error-record.ts';
import type { WorkerMessage } from '../protocol/messages.ts';

/** What a worker's watch over its own death needs. */
export interface DeathWatchSettings {
  /** Sends at once, since there is no later; returns whether it could. */
  readonly send: (message: WorkerMessage) => boolean;
  /**
   * Ends the worker as an uncaught error does, where Node would otherwise print the error
   * before: the pool tells of it, with the worker's id.
   */
  readonly exit?: () => void;
}

/** Tells the primary why a worker dies: of which uncaught error, or where `process.exit()` was called. */
export class DeathWatch {
  readonly #settings: DeathWatchSettings;
  #told = false;

  constructor(settings: DeathWatchSettings) {
    this.#settings = settings;
    process
      .on('uncaughtExceptionMonitor', (error: unknown) => this.#onUncaughtError(error))
      .on('exit', (code) => this.#onExit(code));
  }

  /** From now on the worker's end is in order. */
  stop(): void {
    this.#told = true;
  }

  #onUncaughtError(error: unknown): void {
    // A listener of the program's own may keep the worker alive, or end it after a while.
    const fatal =
      process.listenerCount('uncaughtException') === 0 &&
      !process.hasUncaughtExceptionCaptureCallback();
    const sent = this.#settings.send({
      type: 'uncaughtError',
      error: toErrorRecord(error),
      fatal,
    });
    if (!fatal) return;
    this.#told = true;
    // Who asked Node for a report of uncaught errors gets it, and its own print along with it.
    if (sent && process.report?.reportOnUncaughtException !== true) this.#settings.exit?.();
  }

  #onExit(code: number): void {
    if (this.#told) return;
    const frames = (callStack() ?? '').split('\n');
    const call = frames.findLastIndex((frame) => /^ +at process\.exit /.test(frame));
    if (call < 0) return;
    const message = `process.exit(${code}) was called`;
    const name = 'ProcessExitError';
    this.#settings.send({
      type: 'uncaughtError',
      error: {
        name,
        message,
        stack: [`${name}: ${message}`, ...frames.slice(call + 1)].join('\n'),
        code: 'ERR_PROCESS_EXIT',
      },
      fatal: true,
    });
  }
}

/** Long enough for what is between the exit and its caller. */
function callStack(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 30;
  const { stack } = new Error('where the exit came from');
  Error.stackTraceLimit = stackTraceLimit;
  return stack;
}
