/**
 * Checks that an option is a whole number within bounds.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @param bounds the smallest and largest allowed value
 * @throws {TypeError} when the value is not a number
 * @throws {RangeError} when it is not whole or not within the bounds
 */
export function requireInteger(
  name: string,
  value: unknown,
  bounds: { readonly min: number; readonly max: number },
): number {
  if (typeof value !== 'number') {
    throw new TypeError(`Option ${name} must be a number, got ${describe(value)}`);
  }
  if (!Number.isInteger(value) || value < bounds.min || value > bounds.max) {
    throw new RangeError(
      `Option ${name} must be a whole number, ${bounds.min} to ${bounds.max}, got ${value}`,
    );
  }
  return value;
}

/**
 * Shows a value in an error message.
 *
 * @param value anything
 */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
