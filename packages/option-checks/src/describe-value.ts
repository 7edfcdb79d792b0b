/** The length from which on a text is cut in a message, in characters. */
const LONG_TEXT = 100;

/**
 * Shows a value in an error message: a primitive as it is, a text in quotes and up to 100
 * characters of it, an object by its class. Never throws, and shows no field of an object.
 *
 * @param value anything
 */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    return `'${value.length > LONG_TEXT ? `${value.slice(0, LONG_TEXT)}…` : value}'`;
  }
  if (typeof value === 'function') return 'a function';
  if (value === null || typeof value !== 'object') return String(value);
  try {
    if (Array.isArray(value)) return 'an array';
    return `an object of class ${value.constructor?.name ?? 'null'}`;
  } catch {
    return 'an object that does not show itself';
  }
}
