/** What the head of an HTTP/1 reply says about its length and its connection. */
export interface ReplyHead {
  readonly status: number;
  /** Whether another, final reply follows (1xx). */
  readonly interim: boolean;
  /** The length of the body in bytes, or how its end is found. */
  readonly body: number | 'chunked' | 'untilEnd';
  /** Whether the server ends the connection behind this reply. */
  readonly closing: boolean;
}

const LF = 0x0a;
const CR = 0x0d;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [^\r\n]*)?$/;
/** A field; NUL and a lone CR have no place in a value (RFC 9110, section 5.5). */
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r]*?)[ \t]*$/;

/** A field that goes on in the next line, which a client reads as a space (RFC 9112, section 5.2). */
const FOLD = /[ \t]*\r?\n[ \t]+/g;

/** Returns the length of a head with the blank line that ends it, or 0 when the end has not come. */
export function headLength(bytes: Buffer): number {
  // Lines end with CRLF; a single LF is recognized as well (RFC 9112, section 2.2).
  let lineEnd = bytes.indexOf(LF);
  while (lineEnd !== -1) {
    if (bytes[lineEnd + 1] === LF) return lineEnd + 2;
    if (bytes[lineEnd + 1] === CR && bytes[lineEnd + 2] === LF) return lineEnd + 3;
    lineEnd = bytes.indexOf(LF, lineEnd + 1);
  }
  return 0;
}

function contentLength(values: readonly string[]): number {
  // A list of equal values is one value (RFC 9110, section 8.6).
  const lengths = new Set(values.flatMap((value) => value.split(',')).map((value) => value.trim()));
  const [length = ''] = lengths;
  if (lengths.size !== 1 || !/^\d{1,15}$/.test(length)) {
    throw new Error(`'${values.join(', ')}' is no content length`);
  }
  return Number(length);
}

/** Finds the length of the body by the rules of RFC 9112, section 6.3. */
function bodyOf(
  status: number,
  headOnly: boolean,
  codings: readonly string[],
  lengths: readonly string[],
): ReplyHead['body'] {
  if (headOnly || status < 200 || status === 204 || status === 304) return 0;
  if (codings.length > 0) {
    if (lengths.length > 0) throw new Error('the reply has a transfer coding and a content length');
    // Other codings below the chunked one, such as gzip, stay as they are in the body.
    const last = codings.flatMap((value) => value.split(',')).at(-1);
    return last?.trim().toLowerCase() === 'chunked' ? 'chunked' : 'untilEnd';
  }
  return lengths.length > 0 ? contentLength(lengths) : 'untilEnd';
}

/**
 * Reads the head of a reply, without the blank line that ends it.
 *
 * @throws {Error} when it breaks the rules of HTTP/1, its length is ambiguous, or it switches to
 *   another protocol
 */
export function parseReplyHead(text: string, headOnly: boolean): ReplyHead {
  const unfolded = text.replaceAll(FOLD, ' ');
  const [statusLine = '', ...lines] = unfolded.split(/\r?\n/);
  const match = STATUS_LINE.exec(statusLine);
  if (match === null) throw new Error(`'${statusLine}' is no status line of HTTP/1`);
  const status = Number(match[2]);
  if (status === 101) throw new Error('the server switches to another protocol');
  const codings: string[] = [];
  const lengths: string[] = [];
  const connection: string[] = [];
  for (const line of lines) {
    const [, name, value = ''] = FIELD.exec(line) ?? [];
    if (name === undefined || value.includes('\0')) throw new Error(`'${line}' is no header field`);
    switch (name.toLowerCase()) {
      case 'transfer-encoding':
        codings.push(value);
        break;
      case 'content-length':
        lengths.push(value);
        break;
      case 'connection':
        connection.push(...value.split(',').map((token) => token.trim().toLowerCase()));
        break;
      default:
        break;
    }
  }
  const body = bodyOf(status, headOnly, codings, lengths);
  const persistent =
    !connection.includes('close') && (match[1] === '1' || connection.includes('keep-alive'));
  return {
    status,
    interim: status < 200,
    body,
    closing: status >= 200 && (!persistent || body === 'untilEnd'),
  };
}
