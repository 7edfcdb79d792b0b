import { sizeOf } from '../memory/abi.ts';
import type { BackendLibrary } from '../backend/backend.ts';
import { requireKnownOptions } from '@sockpool/option-checks';
import { describe } from '../errors/argument-position.ts';
import { callerFrame } from './caller-frame.ts';
import { checkedSymbol } from './checked-symbol.ts';
import type { Field, ValueOf } from './parameter.ts';
import type { Memory } from '../memory/memory.ts';
import { dataViewOf } from '../memory/raw-memory.ts';

/** How a variable is declared. */
export interface VariableOptions {
  /** C declares it `const`: setting it is an error. @default false */
  readonly constant?: boolean | undefined;
  /** The library may lack it: reading or setting it is then an error. @default false */
  readonly optional?: boolean | undefined;
  /**
   * The symbol, when it differs from the name in the declaration.
   * @default the name in the declaration
   */
  readonly symbol?: string | undefined;
}

/** A declared variable of a library. */
export interface VariableType<T extends Field<unknown>> {
  readonly variable: T;
  readonly options: VariableOptions;
}

/** A variable of a library: its value is read and written where C has it. */
export interface Variable<Value> {
  value: Value;
}

/** The TypeScript type of a declared variable. */
export type VariableOf<V> = V extends VariableType<infer T> ? Variable<ValueOf<T>> : never;

const KNOWN = Object.freeze({ constant: false, optional: false, symbol: '' });

/**
 * Declares a variable of a library (`extern int optind`), beside its functions:
 * `library(null, { optind: variable(i32) }).optind.value`.
 *
 * A struct or array is read and written as a whole: change a copy, then set it.
 *
 * @throws {TypeError} when the type does not lie in memory, or there is no such option
 */
export function variable<T extends Field<unknown>>(
  type: T,
  options: VariableOptions = {},
): VariableType<T> {
  if (typeof (type as Partial<T> | null)?.read !== 'function') {
    throw new TypeError(
      `Cannot declare a variable: it must be of a type that lies in memory, got ${describe(type)}`,
    );
  }
  requireKnownOptions(options, KNOWN, { of: 'variable()' });
  checkedSymbol(options.symbol);
  return { variable: type, options };
}

/** Tells a variable from a function among the declarations of a library. */
export function isVariable(declared: object): declared is VariableType<Field<unknown>> {
  return 'variable' in declared;
}

/** Finds a declared variable in a library. */
export function bindVariable(
  name: string,
  { variable: type, options }: VariableType<Field<unknown>>,
  library: BackendLibrary,
  memory: Memory,
): Variable<unknown> {
  const address = library.addressOf(options.symbol ?? name);
  const size = sizeOf(type.fieldAbi);
  const at = { functionName: name, place: 'the value' };
  return Object.freeze({
    get value() {
      return type.read(dataViewOf(memory.read(address, size)), 0, memory);
    },
    set value(value: unknown) {
      if (options.constant === true) {
        throw new TypeError(`Cannot set ${name}: it is declared as a constant`);
      }
      // Bit fields and padding keep what is there.
      const bytes = memory.read(address, size);
      type.write(dataViewOf(bytes), 0, value, at, callerFrame(memory));
      memory.process?.write(address, bytes);
    },
  });
}
