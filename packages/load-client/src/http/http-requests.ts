import { isTemplate } from '../messages/message-template.ts';
import { requireOneOf } from '@sockpool/option-checks';
import { requireKnown } from '../option-checks.ts';
import { checkHeaders, type HeaderFields } from '../messages/header-fields.ts';

/** A version of HTTP that is spoken. */
export type HttpVersion = '1.1' | '2';

/** Every {@link HttpVersion}. */
export const HTTP_VERSIONS: readonly HttpVersion[] = ['1.1', '2'];

/** Which HTTP requests are sent, and which replies are right. */
export interface HttpRequestOptions {
  /**
   * Requests as method and target, such as `GET /path?x=1`; the next one is chosen like a message, and
   * texts may be templates, such as `GET /items/{{counter}}`. HEAD can't be mixed with other methods.
   */
  readonly requests: readonly string[];
  /** The version of HTTP: over TLS `2` is agreed on by ALPN, without TLS it is spoken at once (h2c with prior knowledge). @default '1.1' */
  readonly version?: HttpVersion | undefined;
  /** Header fields of every request, beside `Host` and `Content-Length`; a list of values sends a field for each; `Host` replaces the target's. @default {} */
  readonly headers?: HeaderFields | undefined;
  /** The body of every request; a text may be a template, bytes are sent as they are. @default none */
  readonly body?: string | Uint8Array | undefined;
  /** The status that a right reply has. @default any from 200 to 299 */
  readonly expectStatus?: number | undefined;
  /** The body that a right reply has, byte by byte. @default any */
  readonly expectBody?: string | undefined;
}

const REQUEST = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\s]+)$/;

/** Methods for which a body is expected, so that its length is sent even when it is 0 (RFC 9110, section 8.6). */
export const BODY_METHOD: RegExp = /^(?:POST|PUT|PATCH) /;

/** The methods whose use would change what the connection is. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT']);
/** Fields about the connection, which HTTP/2 has not (RFC 9113, section 8.2.2). */
const CONNECTION_FIELDS = ['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade'];

/** The header fields that the client itself has to write. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);
const OWN_FIELDS_2: ReadonlySet<string> = new Set([...OWN_FIELDS, ...CONNECTION_FIELDS]);

/** Tells whether the requests are HEAD, whose replies have no body. */
export function isHeadOnly({ requests }: HttpRequestOptions): boolean {
  return requests.length > 0 && requests.every((request) => request.startsWith('HEAD '));
}

/** Returns the header fields that the client writes itself, in small letters. */
export function ownFieldsOf(version: HttpVersion): ReadonlySet<string> {
  return version === '2' ? OWN_FIELDS_2 : OWN_FIELDS;
}

/**
 * Checks a request.
 *
 * @throws {TypeError} when it is no method and target
 */
export function checkHttpRequest(request: string): void {
  // A placeholder stands for letters and digits.
  const method = REQUEST.exec(request.replace(/\{\{[^{}]*\}\}/g, '0'))?.[1];
  if (method === undefined || REFUSED_METHODS.has(method)) {
    throw new TypeError(
      `Cannot use '${request}' as an HTTP request: it must be a method (not CONNECT) and a target, ` +
        "such as 'GET /path'",
    );
  }
}

/**
 * Checks HTTP options and returns a copy.
 *
 * @throws {TypeError} when a request or a header field can't be sent
 * @throws {RangeError} when the expected status is out of range
 */
export function resolveHttpOptions(options: HttpRequestOptions): HttpRequestOptions {
  requireKnown('http', options, [
    'requests',
    'version',
    'headers',
    'body',
    'expectStatus',
    'expectBody',
  ]);
  const { requests, headers = {}, body, expectStatus, expectBody } = options;
  const version = requireOneOf('http.version', options.version ?? '1.1', HTTP_VERSIONS);
  if (!Array.isArray(requests) || requests.length === 0) {
    throw new TypeError('Cannot run without HTTP requests: give at least one');
  }
  for (const request of requests) checkHttpRequest(request);
  const heads = requests.filter((request) => request.startsWith('HEAD ')).length;
  if (heads > 0 && heads < requests.length) {
    throw new TypeError('Cannot mix HEAD with other methods: their replies end differently');
  }
  checkHeaders(headers, ownFieldsOf(version));
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
  return {
    requests: [...requests],
    version,
    headers: { ...headers },
    body,
    expectStatus,
    expectBody,
  };
}

/** Returns the messages of a workload: each is the method and target, a line end, and the body. */
export function httpMessages({
  requests,
  body = '',
}: HttpRequestOptions): readonly (string | Uint8Array)[] {
  if (typeof body === 'string') return requests.map((request) => `${request}\n${body}`);
  return requests.map((request) => Buffer.concat([Buffer.from(`${request}\n`), body]));
}
