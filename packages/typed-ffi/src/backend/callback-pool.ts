import type { Abi, CallbackAbi } from '../memory/abi.ts';
import type { KeptFunctionPointer, RawFunction } from '../memory/raw-function.ts';
import { warnOfExpired } from '../memory/expired-callback.ts';

/** A function pointer that C may call for as long as the process lives. */
interface Slot<Address> {
  readonly address: Address;
  readonly idle: Slot<Address>[];
  target: RawFunction;
}

/** Arguments in which callbacks have become function pointers. */
export interface Lent {
  readonly values: readonly unknown[];
  /** Ends what the function pointers stand for. */
  giveBack(): void;
}

/**
 * Function pointers that are lent to one call after the other and never freed, so
 * that C that calls one later, against the contract, finds a function. Such a call
 * gets 0, and a process warning with `ERR_FFI_CALLBACK_EXPIRED` tells of it. There
 * are as many of them as calls with a callback of that signature have been under way
 * at once.
 */
export class CallbackPool<Address extends bigint = bigint> {
  readonly #make: (abi: CallbackAbi, target: RawFunction) => Address;
  readonly #idle = new Map<string, Slot<Address>[]>();

  /** @param make makes a function pointer that is never freed */
  constructor(make: (abi: CallbackAbi, target: RawFunction) => Address) {
    this.#make = make;
  }

  /** Replaces the callbacks among the arguments of a call by function pointers. */
  lend(parameters: readonly Abi[], values: readonly unknown[]): Lent {
    const lent: Slot<Address>[] = [];
    const passed = values.map((value, i) => {
      const abi = parameters[i];
      if (typeof abi !== 'object' || abi.kind !== 'callback' || value === null) return value;
      const slot = this.#slot(abi);
      slot.target = value as RawFunction;
      lent.push(slot);
      return slot.address;
    });
    return {
      values: passed,
      giveBack() {
        for (const slot of lent) {
          slot.target = expired;
          slot.idle.push(slot);
        }
      },
    };
  }

  /** Makes a function pointer that stands for a function until it is released. */
  keep(abi: CallbackAbi, target: RawFunction): KeptFunctionPointer & { readonly pointer: Address } {
    const slot = this.#slot(abi);
    slot.target = target;
    return {
      pointer: slot.address,
      address: BigInt(slot.address),
      release() {
        if (slot.target !== target) return;
        slot.target = expired;
        slot.idle.push(slot);
      },
    };
  }

  #slot(abi: CallbackAbi): Slot<Address> {
    const { parameters, result } = abi;
    const key = `${parameters.join()}:${result}`;
    const idle = this.#idle.get(key) ?? [];
    this.#idle.set(key, idle);
    const free = idle.pop();
    if (free !== undefined) return free;
    const zero = result === 'i64' || result === 'u64' ? 0n : 0;
    const address = this.#make(abi, (...raw) => {
      const answer = slot.target(...raw);
      return slot.target === expired && result !== 'void' ? zero : answer;
    });
    const slot: Slot<Address> = { address, idle, target: expired };
    return slot;
  }
}

/** Stands in for a callback whose call has ended. */
function expired(): void {
  warnOfExpired();
}

/** Makes a call whose callbacks are function pointers as long as it runs. */
export function withCallbacks(
  pool: CallbackPool,
  parameters: readonly Abi[],
  bound: RawFunction,
): RawFunction {
  return (...values) => {
    const lent = pool.lend(parameters, values);
    try {
      return bound(...lent.values);
    } finally {
      lent.giveBack();
    }
  };
}
