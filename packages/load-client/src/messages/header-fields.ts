/** Header fields by name; a list of values sends a field for each. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>>;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function checkHeader(name: string, value: unknown, own: ReadonlySet<string>): void {
  if (!TOKEN.test(name) || typeof value !== 'string' || /[^\t\x20-\x7E\x80-\xFF]/.test(value)) {
    throw new TypeError(`Cannot send the header field '${name}: ${value}': it is not well-formed`);
  }
  if (own.has(name.toLowerCase())) {
    throw new TypeError(`Cannot send the header field '${name}': the client writes it itself`);
  }
}

/**
 * Checks header fields.
 *
 * @param own the fields that the client itself has to write, in small letters
 * @throws {TypeError} when one is not well-formed, or is one of the client's own
 */
export function checkHeaders(headers: HeaderFields, own: ReadonlySet<string>): void {
  for (const [name, values] of Object.entries(headers)) {
    for (const value of typeof values === 'string' ? [values] : values) {
      checkHeader(name, value, own);
    }
  }
}

/** Returns header fields as a list, with `Host` in front unless they have one. */
export function listHeaders(
  headers: HeaderFields,
  authority: string,
): readonly (readonly [name: string, value: string])[] {
  const fields = Object.entries(headers).flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).map((value) => [name, value] as const),
  );
  const named = fields.some(([name]) => name.toLowerCase() === 'host');
  return named ? fields : [['Host', authority], ...fields];
}
