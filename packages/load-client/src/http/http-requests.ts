import { isTemplate } from '../messages/message-template.ts';

/** Which HTTP/1.1 requests are sent, and which replies are right. */
export interface HttpRequestOptions {
  /**
   * Requests as method and target, such as `GET /path?x=1`; the next one is chosen like a message, and
   * texts may be templates, such as `GET /items/{{counter}}`. HEAD can't be mixed with other methods.
   */
  readonly requests: readonly string[];
  /** Header fields of every request, beside `Host` and `Content-Length`; a list of values sends a field for each; `Host` replaces the target's. @default {} */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** The body of every request; a text may be a template, bytes are sent as they are. @default none */
  readonly body?: string | Uint8Array | undefined;
  /** The status that a right reply has. @default any from 200 to 299 */
  readonly expectStatus?: number | undefined;
  /** The body that a right reply has, byte by byte. @default any */
  readonly expectBody?: string | undefined;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const REQUEST = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\s]+)$/;

/** The methods whose use would change what the connection is. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT']);
/** The header fields that the client itself has to write. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

/** Tells whether the requests are HEAD, whose replies have no body. */
export function isHeadOnly({ requests }: HttpRequestOptions): boolean {
  return requests.every((request) => request.startsWith('HEAD '));
}

function checkRequest(request: string): void {
  // A placeholder stands for letters and digits.
  const method = REQUEST.exec(request.replace(/\{\{[^{}]*\}\}/g, '0'))?.[1];
  if (method === undefined || REFUSED_METHODS.has(method)) {
    throw new TypeError(
      `Cannot use '${request}' as an HTTP request: it must be a method (not CONNECT) and a target, ` +
        "such as 'GET /path'",
    );
  }
}

function checkHeader(name: string, value: string): void {
  if (!TOKEN.test(name) || typeof value !== 'string' || /[^\t\x20-\x7E\x80-\xFF]/.test(value)) {
    throw new TypeError(`Cannot send the header field '${name}: ${value}': it is not well-formed`);
  }
  if (OWN_FIELDS.has(name.toLowerCase())) {
    throw new TypeError(`Cannot send the header field '${name}': the client writes it itself`);
  }
}

/**
 * Checks HTTP options and returns a copy.
 *
 * @throws {TypeError} when a request or a header field can't be sent.
 * @throws {RangeError} when the expected status is out of range.
 */
export function resolveHttpOptions(options: HttpRequestOptions): HttpRequestOptions {
  const { requests, headers = {}, body, expectStatus, expectBody } = options;
  if (!Array.isArray(requests) || requests.length === 0) {
    throw new TypeError('Cannot run without HTTP requests: give at least one');
  }
  for (const request of requests) checkRequest(request);
  const heads = requests.filter((request) => request.startsWith('HEAD ')).length;
  if (heads > 0 && heads < requests.length) {
    throw new TypeError('Cannot mix HEAD with other methods: their replies end differently');
  }
  for (const [name, values] of Object.entries(headers)) {
    for (const value of typeof values === 'string' ? [values] : values) checkHeader(name, value);
  }
  if (body instanceof Uint8Array && requests.some(isTemplate)) {
    throw new TypeError(
      'Cannot combine a body of bytes with templates in the requests: give the body as a text',
    );
  }
  if (
    expectStatus !== undefined &&
    !(Number.isInteger(expectStatus) && expectStatus >= 200 && expectStatus <= 599)
  ) {
    throw new RangeError(`Cannot expect the status '${expectStatus}': allowed are 200 to 599`);
  }
  return { requests: [...requests], headers: { ...headers }, body, expectStatus, expectBody };
}

/** Returns the messages of a workload: each is the method and target, a line end, and the body. */
export function httpMessages({
  requests,
  body = '',
}: HttpRequestOptions): readonly (string | Uint8Array)[] {
  if (typeof body === 'string') return requests.map((request) => `${request}\n${body}`);
  return requests.map((request) => Buffer.concat([Buffer.from(`${request}\n`), body]));
}
