import { createRequire } from 'node:module';
import type * as LevenModule from 'leven';

const require = createRequire(import.meta.url);

/**
 * Checks that every option that is given is one that there is. Only the options' own names count,
 * so that `toString` is as unknown as any other.
 *
 * @param given what the caller gave
 * @param known has a field for each option, such as the table of defaults
 * @param within stands before the options' names in messages, such as `'pool.'`
 * @throws {TypeError} when an option is unknown; names the nearest one and lists all
 */
export function requireKnownOptions(given: object, known: object, within: string = ''): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const names = Object.keys(known);
  // Loaded only for a mistake: programs without one start faster.
  const { closestMatch } = require('leven') as typeof LevenModule;
  const maxDistance = Math.max(2, Math.floor(unknown.length / 3));
  const nearest = closestMatch(unknown, names, { maxDistance });
  const allowed =
    nearest === undefined ? 'allowed are' : `did you mean ${within}${nearest}? Allowed are`;
  throw new TypeError(`Unknown option ${within}${unknown}: ${allowed} ${names.join(', ')}`);
}
