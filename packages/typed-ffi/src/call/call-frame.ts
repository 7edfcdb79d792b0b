import type { ArgumentPosition } from '../errors/argument-position.ts';
import { cannotLend } from '../types/caller-frame.ts';
import type { Frame } from '../types/parameter.ts';
import type { Memory } from '../memory/memory.ts';

/** Collects what one call has to do around C. */
export class CallFrame implements Frame {
  readonly memory: Memory;
  #before: (() => void)[] | undefined;
  #after: (() => void)[] | undefined;
  #lent: Uint8Array[] | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(memory: Memory) {
    this.memory = memory;
  }

  before(action: () => void): void {
    this.used = true;
    (this.#before ??= []).push(action);
  }

  after(action: () => void): void {
    this.used = true;
    (this.#after ??= []).push(action);
  }

  failed(error: unknown): void {
    this.used = true;
    this.#failure ??= { error };
  }

  lend(view: Uint8Array, at: ArgumentPosition): bigint {
    const { process } = this.memory;
    if (process === undefined) throw cannotLend(at);
    this.used = true;
    (this.#lent ??= []).push(view);
    return process.addressOf(view);
  }

  /** Whether there is anything to do. */
  used = false;

  /** Forgets a call, for the next one. */
  reset(): void {
    this.#before = undefined;
    this.#after = undefined;
    this.#lent = undefined;
    this.#failure = undefined;
    this.used = false;
  }

  /** Runs right before C. */
  enter(): void {
    if (this.#before === undefined) return;
    for (const action of this.#before) action();
  }

  /** Runs when C has returned; what was lent lives until here. */
  leave(): void {
    if (this.#after !== undefined) for (const action of this.#after) action();
    this.#lent = undefined;
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
