import type { Logger } from '@sockpool/handler';
import { controlBySignals, type ControllableBySignal } from './control-signals.ts';
import { SignalClosing } from './signal-closing.ts';

/** A pool that signals may close. */
export interface SignalClosed extends ControllableBySignal {
  close(): Promise<unknown>;
  destroy(): Promise<unknown>;
}

/** Listens to the signals that close or control one pool. */
export class PoolSignals {
  readonly #logger: Logger;
  readonly #listening: () => Promise<unknown> | undefined;
  #closing: SignalClosing | undefined;
  #stopControl: (() => void) | undefined;

  /**
   * @param logger gets what fails
   * @param listening resolves when the pool listens
   */
  constructor(logger: Logger, listening: () => Promise<unknown> | undefined) {
    this.#logger = logger;
    this.#listening = listening;
  }

  /** Begins to listen to those that the options name. */
  listen(
    pool: SignalClosed,
    options: { readonly closeOnSignals: boolean; readonly controlSignals: boolean },
  ): void {
    if (options.controlSignals) this.#stopControl = controlBySignals(pool, this.#logger);
    if (!options.closeOnSignals) return;
    this.#closing = new SignalClosing({
      close: async () => {
        // Whoever waits for listen() is not to be told that the pool is closed, and crash for it.
        await this.#listening()?.catch(() => undefined);
        return pool.close();
      },
      destroy: () => pool.destroy(),
    });
  }

  /** Gives a signal that came while the pool failed to start to the program. */
  passOn(): void {
    this.#closing?.passOn();
  }

  /** Listens no more. */
  stop(): void {
    this.#closing?.stop();
    this.#stopControl?.();
  }
}
