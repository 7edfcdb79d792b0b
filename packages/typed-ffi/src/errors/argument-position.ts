/** Where a checked value stands, for the messages of errors. */
export interface ArgumentPosition {
  /** The C function's name. */
  readonly functionName: string;
  /** What holds the value: `argument 2 'n'`, `result of the callback`, … */
  readonly place: string;
}

/** Returns a short text for any value, in which strings are cut. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value.length > 40 ? `${value.slice(0, 37)}...` : value}'`;
    case 'bigint':
      return `${value}n`;
    case 'function':
      return `function ${value.name || '(anonymous)'}`;
    case 'object': {
      if (value === null) return 'null';
      try {
        return describeObject(value);
      } catch {
        // A getter has thrown, or a proxy.
        return 'an object';
      }
    }
    case 'symbol':
      return value.toString();
    default:
      return String(value);
  }
}

function describeObject(value: object): string {
  const name: unknown = value.constructor?.name;
  const length = 'length' in value && typeof value.length === 'number' ? value.length : null;
  const kind = typeof name === 'string' && name !== '' ? name : 'object';
  return length === null ? `an instance of ${kind}` : `${kind}(${length})`;
}

/** Makes the error for a value of the wrong kind. */
export function wrongKind(at: ArgumentPosition, expected: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot call ${at.functionName}(): ${at.place} must be ${expected}, got ${describe(value)}`,
  );
}

/** Makes the error for a value of the right kind that is out of bounds. */
export function outOfRange(at: ArgumentPosition, expected: string, value: unknown): RangeError {
  return new RangeError(
    `Cannot call ${at.functionName}(): ${at.place} must be ${expected}, got ${describe(value)}`,
  );
}

/** Returns the position of a part of a value: a struct's field, an array's element. */
export function within(at: ArgumentPosition, part: string): ArgumentPosition {
  return { functionName: at.functionName, place: `${at.place}${part}` };
}

/** Returns the position of a part, which is made once for as long as the whole is the same. */
export type Positions = (at: ArgumentPosition) => ArgumentPosition;

/** Makes what returns the position of a part without making it anew in each call. */
export function positionsWithin(part: string): Positions {
  let whole: ArgumentPosition | undefined;
  let inside: ArgumentPosition | undefined;
  return (at) => {
    if (at !== whole || inside === undefined) {
      whole = at;
      inside = within(at, part);
    }
    return inside;
  };
}
