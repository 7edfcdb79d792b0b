/**
 * Says what can't be done with a file, and why, in the system's words without its second path.
 *
 * @param what the verb and the object, such as `read 'a.json'`
 */
export function fileError(what: string, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`Cannot ${what}: ${message.replace(/, \w+ '.*'$/s, '')}`, { cause });
}
