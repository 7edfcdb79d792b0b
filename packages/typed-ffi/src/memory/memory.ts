import type { CallbackAbi, Signature } from './abi.ts';
import type { KeptFunctionPointer, RawFunction } from './raw-function.ts';

/** Reads C memory through the backend in use. */
export interface Memory {
  /** Identifies whose addresses these are: this process, or one isolate's child. */
  readonly domain: object;
  /** Copies bytes out of C memory. */
  read(address: bigint, lengthBytes: number): Uint8Array;
  /** Copies a string that ends in NUL out of C memory and decodes it as UTF-8. */
  readString(address: bigint): string;
  /** What can be done with C in the same process only; undefined in an isolate. */
  readonly process?: ProcessAccess | undefined;
}

/** What a backend does with C in this process. */
export interface ProcessAccess {
  /** Whether safe integers are taken for integers of 64 bits, besides bigints. */
  readonly takesNumbers: boolean;
  /** Copies memory from one address to another. */
  copy(target: bigint, source: bigint, lengthBytes: bigint): void;
  /** Copies bytes into C memory. */
  write(address: bigint, bytes: Uint8Array): void;
  /** Returns the address of JavaScript's memory, which must outlive its use. */
  addressOf(view: Uint8Array): bigint;
  /** Binds a function at an address. */
  bindAddress(name: string, address: bigint, signature: Signature): RawFunction;
  /**
   * Throws a RangeError when the stack is too full for C to call back; undefined where the
   * backend sees to that itself.
   */
  readonly requireStack?: (() => void) | undefined;
  /** Makes a function pointer that C may keep. */
  keep(name: string, abi: CallbackAbi, target: RawFunction): KeptFunctionPointer;
}
