import { describe } from '../errors/argument-position.ts';
import type { OutParameter, Parameter } from '../types/parameter.ts';

/** Compares an array among the arguments with its length. */
export interface LengthCheck {
  /** Which parameter the array is. */
  readonly position: number;
  /** Which parameters its length depends on. */
  readonly counts: readonly number[];
  /** Throws when the array is shorter than C was told. */
  run(args: readonly unknown[], lowered: readonly unknown[]): void;
  /** Tells whether it is long enough, when there is one count; does not throw. */
  fits(value: unknown, count: number): boolean;
}

/** Tells whether a parameter takes no argument because C only writes to it. */
export function isOut(parameter: Parameter<unknown>): parameter is OutParameter<unknown> {
  return 'direction' in parameter && parameter.direction === 'out';
}

/**
 * Finds, for each array with a length specification, the parameters that hold it,
 * and returns the checks that compare them.
 *
 * @throws {TypeError} when a label refers to no parameter or one that is no count
 */
export function resolveLengths(
  functionName: string,
  parameters: readonly Parameter<unknown>[],
): LengthCheck[] {
  const labeled = new Map<string, number>();
  for (const [i, { label }] of parameters.entries()) {
    if (label === undefined) continue;
    if (labeled.has(label)) {
      throw new TypeError(`Cannot declare ${functionName}(): two parameters are named '${label}'`);
    }
    labeled.set(label, i);
  }
  const claimed = new Set<number>();
  const find = (label: string, after: number): number => {
    const known = labeled.get(label);
    if (known !== undefined) return known;
    const index = parameters.findIndex(
      (parameter, i) =>
        i > after &&
        parameter.label === undefined &&
        parameter.countOf !== undefined &&
        parameter.abi !== 'buffer' &&
        !claimed.has(i),
    );
    if (index < 0) {
      throw new TypeError(
        `Cannot declare ${functionName}(): no parameter is named '${label}', ` +
          'and no integer parameter without a name follows the array',
      );
    }
    claimed.add(index);
    labeled.set(label, index);
    return index;
  };

  const checks: LengthCheck[] = [];
  for (const [position, parameter] of parameters.entries()) {
    const { requires } = parameter;
    if (requires === undefined) continue;
    const indexes = new Map(requires.labels.map((label) => [label, find(label, position)]));
    for (const [label, index] of indexes) {
      if (parameters[index]?.countOf === undefined) {
        throw new TypeError(
          `Cannot declare ${functionName}(): '${label}' is ${parameters[index]?.description}, not a count`,
        );
      }
    }
    const place = `argument ${argumentNumber(parameters, position)}`;
    let given = 0;
    const onlyCount = (): number => given;
    const fits = (value: unknown, count: number): boolean => {
      if (value === null) return true;
      if (!(count >= 0)) return false;
      given = count;
      try {
        return requires.lengthOf(value) >= requires.needed(onlyCount);
      } catch {
        // The whole check says what is wrong.
        return false;
      }
    };
    const run = (args: readonly unknown[], lowered: readonly unknown[]): void => {
      const value = args[position];
      if (value === null) return;
      const needed = neededLength(functionName, place, () =>
        requires.needed((label) => {
          const index = indexes.get(label) ?? -1;
          const count = parameters[index]?.countOf?.(lowered[index]) ?? Number.NaN;
          if (count < 0)
            throw new RangeError(`the length '${label}' must be 0 or more, got ${count}`);
          return count;
        }),
      );
      const length = requires.lengthOf(value);
      if (!(length >= needed)) {
        throw new RangeError(
          `Cannot call ${functionName}(): ${place} must have ${needed} ${requires.unit} or more, ` +
            `got ${describe(value)} of ${length}`,
        );
      }
    };
    checks.push({ position, counts: [...indexes.values()], run, fits });
  }
  return checks;
}

function argumentNumber(parameters: readonly Parameter<unknown>[], position: number): number {
  return parameters.slice(0, position + 1).filter((parameter) => !isOut(parameter)).length;
}

function neededLength(functionName: string, place: string, compute: () => number): number {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot call ${functionName}(): ${place}: ${error.message}`);
  }
}
