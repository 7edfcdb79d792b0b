import { requireObject } from './kinds.ts';
import { nearestName } from './nearest-name.ts';

/** Where options are given, for messages. */
export interface OptionsWhere {
  /**
   * What stands before the option's name, such as `health.`.
   * @default nothing
   */
  readonly within?: string;
  /**
   * Whose options they are, such as `listen()`.
   * @default nothing
   */
  readonly of?: string;
  /**
   * What else helps, after the list.
   * @default nothing
   */
  readonly hint?: string;
  /**
   * What is meant by names that belong elsewhere, such as `{ graceMs: 'shutdown.graceMs' }`.
   * @default nothing
   */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/**
 * Checks that every option that is given is one that there is. Only the options' own names count,
 * so that `toString` is as unknown as any other; one whose value is undefined is checked too.
 *
 * @param given what the caller gave
 * @param known has a field for each option, such as the table of defaults
 * @param where where it was given, for the message
 * @throws {TypeError} when an option is unknown; names the one that was probably meant, and lists all
 */
export function requireKnownOptions(given: object, known: object, where: OptionsWhere = {}): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const { within = '', of, hint, elsewhere = {} } = where;
  const names = Object.keys(known);
  const nearest = nearestName(unknown, names);
  const meant = Object.hasOwn(elsewhere, unknown)
    ? elsewhere[unknown]
    : nearest && `${within}${nearest}`;
  const allowed = meant === undefined ? 'allowed are' : `did you mean ${meant}? Allowed are`;
  throw new TypeError(
    `Unknown option ${within}${unknown}${of === undefined ? '' : ` of ${of}`}: ${allowed} ` +
      `${names.join(', ')}${hint === undefined ? '' : `; ${hint}`}`,
  );
}

/**
 * Checks that an option is an object whose fields are all known, and fills in what it does not say.
 *
 * @param name the option's name, for the message
 * @param given what the caller gave, if anything; a field that is undefined is not given
 * @param defaults the value of every field
 * @param hint what else helps somebody who gives an unknown field
 * @returns a new object
 * @throws {TypeError} when it is anything but an object, or has an unknown field
 */
export function withDefaults<Options extends object>(
  name: string,
  given: Partial<Options> | undefined,
  defaults: Options,
  hint?: string,
): Options {
  const options = requireObject(`Option ${name}`, given ?? {});
  requireKnownOptions(options, defaults, {
    within: `${name}.`,
    ...(hint !== undefined && { hint }),
  });
  const fields = Object.entries(options);
  const said = fields.filter(([, value]) => (value ?? undefined) !== undefined);
  return { ...defaults, ...(Object.fromEntries(said) as Partial<Options>) };
}
