/**
 * Says where options belong that are in a group, for people who write them beside it: of
 * `shutdown: { graceMs }`, that `graceMs` is meant as `shutdown.graceMs`.
 *
 * @param groups the options of each group, by its name
 * @param others what is meant by further names
 */
export function misplacedNames(
  groups: Readonly<Record<string, object>>,
  others: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const named = Object.entries(groups).flatMap(([group, options]) =>
    Object.keys(options).map((name) => [name, `${group}.${name}`] as const),
  );
  return Object.freeze({ ...Object.fromEntries(named), ...others });
}
