/**
 * Returns a function that takes the long names of options with a value as a command line gives them,
 * and refuses one that comes again: its first value would be lost. Options that add up are not to be
 * given to it.
 *
 * @returns a function that throws a TypeError on the second time of a name
 */
export function onceOnly(): (name: string) => void {
  const given = new Set<string>();
  return (name) => {
    if (given.has(name)) throw new TypeError(`Option --${name} must be given once`);
    given.add(name);
  };
}
