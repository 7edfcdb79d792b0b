import type { Abi, FieldAbi, ScalarAbi } from '../memory/abi.ts';
import type { Memory } from '../memory/memory.ts';
import type { Arena } from '../memory/arena.ts';
import type { ArgumentPosition } from '../errors/argument-position.ts';

declare const argumentOf: unique symbol;

/** What one call has to do after C has returned, and what must live until then. */
export interface Frame {
  readonly memory: Memory;
  /**
   * Returns the address of memory of the call's own, which lives until C has returned.
   *
   * @throws {FfiError} with `ERR_FFI_UNSUPPORTED` where no memory is lent: in an isolate,
   *   and in what C keeps
   */
  lend(view: Uint8Array, at: ArgumentPosition): bigint;
  /** Runs when all arguments have been accepted, right before C. */
  before(action: () => void): void;
  /** Runs after C has returned, in order; even when a callback has thrown. */
  after(action: () => void): void;
  /** Takes what a callback has thrown, to be thrown when C has returned. */
  failed(error: unknown): void;
}

/** What a type may need of the library that its function is in. */
export interface LibraryAccess {
  /**
   * Returns what calls the library's function that frees memory.
   *
   * @throws {FfiError} with `ERR_FFI_SYMBOL_NOT_FOUND` when there is none, or
   *   `ERR_FFI_UNSUPPORTED` in an isolate
   */
  release(symbol: string): (address: bigint) => void;
}

/** A parameter of one function whose memory is taken once, for calls that do not overlap. */
export interface FastParameter {
  /** How it crosses: texts and structs by their address. */
  readonly abi: Abi;
  /** Set when a buffer is a string, for a backend that takes those. */
  readonly isText?: boolean | undefined;
  /** Checks an argument and stores it; an out-parameter clears its memory. */
  lower(value: unknown, at: ArgumentPosition, frame: Frame): unknown;
  /** Its memory, where what is passed is the address: a length may be in it. */
  readonly memory?: Uint8Array | undefined;
  /** Updates the argument from what C has left. */
  readonly after?: ((value: unknown) => void) | undefined;
  /** Reads what C has stored, for an out-parameter. */
  readonly output?: (() => unknown) | undefined;
}

/**
 * Describes a parameter of a C function: what JavaScript passes for it, how it
 * is checked and how it crosses into C.
 */
export interface Parameter<Argument> {
  /** What the type is called in messages, such as `i32` or `Float64Array`. */
  readonly description: string;
  /** The name that length specifications refer to, given by `named()`. */
  readonly label?: string | undefined;
  readonly abi: Abi;
  /** The length that an array or buffer must have at least, if it has one. */
  readonly requires?: LengthRequirement | undefined;
  /** Set when null is taken, which C sees as NULL. */
  readonly canBeNull?: boolean | undefined;
  /**
   * Set when C gets the caller's own memory, with what C does to it: such memory crosses
   * as a copy whenever JavaScript can run before C has returned.
   */
  readonly borrows?: 'read' | 'write' | undefined;
  /** What lies behind a pointer to a value, as in `byref()`. */
  readonly referent?: FieldAbi | undefined;
  /** Set when lowering asks the frame for something, so that a call needs one of its own. */
  readonly framed?: boolean | undefined;
  /**
   * Makes its form for one function, if memory can be used again and again.
   *
   * @param takesText whether the call takes texts as strings
   */
  readonly fast?:
    | ((memory: Memory, arena: Arena, takesText: boolean) => FastParameter | undefined)
    | undefined;
  /** Checks an argument and returns what the backend takes. */
  lower(value: unknown, at: ArgumentPosition, frame: Frame): unknown;
  /** Returns the count that a lowered argument stands for, if it can be a length. */
  countOf?: ((raw: unknown) => number) | undefined;
  readonly [argumentOf]?: Argument;
}

/** Describes what a C function returns, or what it passes to a callback. */
export interface Returnable<Value> {
  readonly description: string;
  readonly abi: Abi;
  /** What `lift` reads at the address it gets: text, or a number of bytes. */
  readonly reads?: 'string' | number | undefined;
  /** Makes its form for a function of one library, if it needs something of that. */
  readonly forLibrary?: ((access: LibraryAccess) => Returnable<unknown>) | undefined;
  /** Turns what the backend returns into a value. */
  lift(raw: unknown, memory: Memory): Value;
}

/** Describes a value that lies in memory: a field, an element, a referent. */
export interface Field<Value> {
  readonly description: string;
  readonly fieldAbi: FieldAbi;
  /** Checks a value and stores it. */
  write(view: DataView, offset: number, value: unknown, at: ArgumentPosition, frame: Frame): void;
  read(view: DataView, offset: number, memory: Memory): Value;
  /** Puts what lies in memory into a value that is updated in place. */
  refresh?(value: unknown, view: DataView, memory: Memory): void;
}

/** A parameter that C only writes to: absent from the arguments, part of the result. */
export interface OutParameter<Value> extends Parameter<never> {
  readonly direction: 'out';
  /** Makes its form for a function of one library, if it needs something of that. */
  readonly forLibrary?: ((access: LibraryAccess) => OutParameter<unknown>) | undefined;
  /** Makes the memory that C writes to, and a way to read it afterwards. */
  allocate(): { readonly raw: Uint8Array; read(memory: Memory): Value };
}

/** A minimum length in elements, as numbers and as labels of other parameters. */
export interface LengthRequirement {
  readonly unit: string;
  /** Evaluates to the number of elements needed, given the other arguments. */
  readonly labels: readonly string[];
  needed(valueOfLabel: (label: string) => number): number;
  /** The length of an argument that has been accepted. */
  lengthOf(value: unknown): number;
}

/** The TypeScript type of an argument for a parameter. */
export type ArgumentOf<P> = P extends Parameter<infer Argument> ? Argument : never;

/** The TypeScript type of a result or field. */
export type ValueOf<T> =
  T extends Returnable<infer Value> ? Value : T extends Field<infer Value> ? Value : never;

/** The TypeScript type that an out-parameter yields. */
export type OutputOf<P> = P extends OutParameter<infer Value> ? Value : never;

/** A scalar that can be an argument, a result, a field and an element. */
export interface ScalarType<Argument, Value>
  extends Parameter<Argument>, Returnable<Value>, Field<Value> {
  readonly abi: ScalarAbi;
  readonly fieldAbi: ScalarAbi;
}
