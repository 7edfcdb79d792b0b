import type { JsExternal } from 'ffi-rs';

import type { CallbackAbi } from '../memory/abi.ts';
import type { RawFunction } from '../memory/raw-function.ts';
import { unsupported } from './backend-errors.ts';
import { warnOfExpired } from '../memory/expired-callback.ts';
import {
  callbackArgumentFromFfiRs,
  callbackResultForFfiRs,
  callbackTypeForFfiRs,
} from './ffi-rs-types.ts';

type FfiRs = typeof import('ffi-rs');

/** How many trampolines the shim has. */
const TRAMPOLINES = 2048;

/**
 * How long function pointers are kept for the next call. ffi-rs leaks some 150 bytes for each
 * that it makes, and keeps the process running as long as one lives.
 */
const KEPT_MS = 50;

/** A function pointer of ffi-rs, and the trampoline that C is given in its place. */
interface Closure {
  readonly pointer: JsExternal;
  readonly trampoline: number;
  target: RawFunction | undefined;
  free(): void;
}

/** A callback as C sees it during one call. */
export interface LentClosure {
  readonly address: bigint;
  giveBack(): void;
}

/**
 * Function pointers for the calls of ffi-rs. C gets the address of a trampoline, which stays
 * when the function pointer has gone: C that calls it after its call gets 0.
 */
export class FfiRsClosures {
  readonly #ffi: FfiRs;
  readonly #aim: (trampoline: number, pointer: JsExternal | null) => bigint;
  readonly #idle = new Map<string, Closure[]>();
  // The one that has been free for the longest is taken, so that a late call finds nothing there.
  readonly #free = Array.from({ length: TRAMPOLINES }, (_, i) => i);
  #lent = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param aim makes a trampoline jump to a function pointer, or to nothing */
  constructor(ffi: FfiRs, aim: (trampoline: number, pointer: JsExternal | null) => bigint) {
    this.#ffi = ffi;
    this.#aim = aim;
  }

  /**
   * Makes a function pointer of a callback, until it is given back.
   *
   * @throws {FfiError} with `ERR_FFI_UNSUPPORTED` when there are too many at once
   */
  lend(symbol: string, abi: CallbackAbi, target: RawFunction): LentClosure {
    clearTimeout(this.#timer);
    const key = `${abi.parameters.join()}:${abi.result}`;
    const idle = this.#idle.get(key) ?? [];
    this.#idle.set(key, idle);
    const closure = idle.shift() ?? this.#make(symbol, abi);
    closure.target = target;
    this.#lent++;
    return {
      address: this.#aim(closure.trampoline, closure.pointer),
      giveBack: () => {
        this.#aim(closure.trampoline, null);
        closure.target = undefined;
        idle.push(closure);
        this.#lent--;
        if (this.#lent === 0) this.#timer = setTimeout(() => this.#freeIdle(), KEPT_MS);
      },
    };
  }

  #make(symbol: string, abi: CallbackAbi): Closure {
    if (this.#free.length === 0) this.#freeIdle();
    const trampoline = this.#free.shift();
    if (trampoline === undefined) {
      throw unsupported('ffi-rs', symbol, `pass more than ${TRAMPOLINES} callbacks at once`);
    }
    const { createPointer, freePointer, unwrapPointer, PointerType, funcConstructor } = this.#ffi;
    const paramsType = [
      funcConstructor({
        paramsType: abi.parameters.map((part) => callbackTypeForFfiRs(symbol, part)) as never,
        retType: callbackTypeForFfiRs(symbol, abi.result) as never,
      }),
    ];
    const zero = abi.result === 'i64' || abi.result === 'u64' ? 0n : 0;
    const call = (...raw: unknown[]): unknown => {
      const { target } = closure;
      if (target === undefined) {
        warnOfExpired();
        return abi.result === 'void' ? undefined : zero;
      }
      const lifted = raw.map((value, i) =>
        callbackArgumentFromFfiRs(abi.parameters[i] ?? 'void', value),
      );
      return callbackResultForFfiRs(abi.result, target(...lifted));
    };
    const created = createPointer({ paramsType, paramsValue: [call] } as unknown as Parameters<
      typeof createPointer
    >[0]);
    const [pointer] = unwrapPointer(created);
    if (pointer === undefined) throw unsupported('ffi-rs', symbol, 'make a closure');
    const closure: Closure = {
      pointer,
      trampoline,
      target: undefined,
      free() {
        freePointer({ paramsType, paramsValue: created, pointerType: PointerType.RsPointer });
      },
    };
    return closure;
  }

  #freeIdle(): void {
    for (const closures of this.#idle.values()) {
      for (const closure of closures.splice(0)) {
        closure.free();
        this.#free.push(closure.trampoline);
      }
    }
  }
}
