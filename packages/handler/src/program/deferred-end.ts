import { EventEmitter } from 'node:events';
import { constants } from 'node:os';

/** The signals by which programs are told to end. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The ways to listeners of signals; what the system sends takes none of them. */
const METHODS = [
  'on',
  'addListener',
  'once',
  'prependListener',
  'prependOnceListener',
  'off',
  'removeListener',
  'removeAllListeners',
  'listeners',
  'rawListeners',
  'listenerCount',
  'emit',
] as const;

/**
 * Lets a program that runs in a worker clean up and end itself as it would on its own: its listeners of
 * SIGTERM or SIGINT are called when its worker leaves and no further request can come, and
 * not by signals that the system sends to the worker. If it calls `process.exit()` then, or
 * sends itself such a signal, its worker ends when its last connection has.
 */
export class DeferredEnd {
  /** Has the program's listeners of the signals. */
  readonly #held = new EventEmitter();
  readonly #warn: (message: string) => void;
  #departing = false;

  /** @param warn told when the program ends itself with an exit code that is not 0 */
  constructor(warn: (message: string) => void) {
    this.#warn = warn;
    this.#holdListeners();
    this.#holdExit();
    this.#holdKill();
  }

  /** From now on the worker ends by itself, and so the program need not end it. */
  depart(): void {
    this.#departing = true;
  }

  /** Calls the program's listeners of SIGTERM or, without any, those of SIGINT. */
  deliver(): void {
    const signal = SIGNALS.find((name) => this.#held.listenerCount(name) > 0);
    if (signal !== undefined) this.#held.emit(signal, signal, constants.signals[signal]);
  }

  /** Those that were added before are the worker's own. */
  #holdListeners(): void {
    const held = this.#held;
    for (const method of METHODS) {
      const own: unknown = Reflect.get(process, method);
      const ofHeld: unknown = Reflect.get(held, method);
      Reflect.set(process, method, (...args: readonly unknown[]): unknown => {
        const [event] = args;
        if (!SIGNALS.some((signal) => signal === event)) {
          return Reflect.apply(own as CallableFunction, process, args);
        }
        const result: unknown = Reflect.apply(ofHeld as CallableFunction, held, args);
        return result === held ? process : result;
      });
    }
  }

  #holdExit(): void {
    const { exit } = process;
    Reflect.set(process, 'exit', (code?: number | string | null): void => {
      if (!this.#departing) {
        Reflect.apply(exit, process, [code]);
        return;
      }
      const given = code ?? process.exitCode ?? 0;
      if (Number(given) !== 0) {
        this.#warn(`The program ends itself by process.exit(${given}) while its worker goes away`);
      }
    });
  }

  /** Of a thread, a signal to itself would be one to the whole program. */
  #holdKill(): void {
    const { kill } = process;
    Reflect.set(process, 'kill', (pid: number, signal?: string | number): true => {
      const ends = SIGNALS.some((name) => signal === name || signal === constants.signals[name]);
      const toItself = pid === process.pid && (ends || signal === undefined);
      if (this.#departing && toItself) return true;
      return Reflect.apply(kill, process, [pid, signal]) as true;
    });
  }
}
