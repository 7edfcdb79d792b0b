import type { ErrorAnswer } from '@sockpool/control/client';

/** A place in a program, as an editor takes it. */
export function placeText({ file, line, column }: NonNullable<ErrorAnswer['location']>): string {
  return `${file}:${line}${column === undefined ? '' : `:${column}`}`;
}

/**
 * The values of an event in a line: of errors what they say and where they were thrown, of numbers
 * what a reader needs.
 */
export function eventValues(data: Readonly<Record<string, unknown>>): string {
  return Object.entries(data)
    .map(([name, value]) => `${name}=${JSON.stringify(shortened(value))}`)
    .join(' ');
}

function shortened(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 10) / 10;
  if (typeof value !== 'object' || value === null) return value;
  if (isError(value)) {
    const { message, location } = value;
    return location === undefined ? message : `${message} (${placeText(location)})`;
  }
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, shortened(field)]));
}

function isError(value: object): value is ErrorAnswer {
  return 'message' in value;
}
