import type { HeaderFields } from '../messages/header-fields.ts';
import type { HttpVersion } from '../http/http-requests.ts';
import type { ThinkTime, ThinkTimeOption } from '../model/think-time.ts';

/**
 * Where a value is taken from: a cookie that the reply sets, a header field, a place in a JSON body
 * by a JSON pointer (RFC 6901), or the first group of a regular expression on the body (without a
 * group, all that it matches). Only HTTP has cookies and header fields.
 */
export type SessionExtraction =
  | { readonly cookie: string }
  | { readonly header: string }
  | { readonly json: string }
  | { readonly regex: string };

/** One request of a session, and what its reply must be. */
export interface SessionStep {
  /** What reports call it. @default its request or message */
  readonly name?: string | undefined;
  /** How long the client thinks before it. @default that of the run */
  readonly thinkMs?: ThinkTimeOption | undefined;
  /** HTTP: method and target, such as `GET /carts/{{cart}}`. */
  readonly request?: string | undefined;
  /** HTTP: header fields, beside those of the session. @default {} */
  readonly headers?: HeaderFields | undefined;
  /** HTTP: the body, a template. @default none */
  readonly body?: string | undefined;
  /** HTTP: a body of JSON, whose texts are templates; says so in `Content-Type`. */
  readonly json?: unknown;
  /** Without HTTP: the message, a template. */
  readonly message?: string | undefined;
  /** HTTP: the status of a right reply. @default any from 200 to 299 */
  readonly expectStatus?: number | undefined;
  /** The body, or the reply, that is right, byte by byte; a template. @default any */
  readonly expect?: string | undefined;
  /** A regular expression that a right body, or reply, matches; a template, whose values match themselves. @default any */
  readonly expectMatch?: string | undefined;
  /** Values for the steps behind it, by name; a reply without one of them is wrong. @default {} */
  readonly extract?: Readonly<Record<string, SessionExtraction>> | undefined;
}

/**
 * What each client does, one step after the other, again and again. Texts are templates, in which
 * `{{counter}}` is the number of the session and `{{name}}` a value of that name.
 */
export interface SessionOptions {
  /** The steps, all with a `request` (HTTP) or all with a `message`. */
  readonly steps: readonly SessionStep[];
  /** Values that are made once for each session, such as `{ user: 'u{{counter}}' }`. @default {} */
  readonly values?: Readonly<Record<string, string>> | undefined;
  /** HTTP: header fields of every step. @default {} */
  readonly headers?: HeaderFields | undefined;
  /** HTTP: the version. @default '1.1' */
  readonly version?: HttpVersion | undefined;
  /** HTTP: whether cookies that replies set are sent back until the session ends. @default true */
  readonly cookies?: boolean | undefined;
  /** Whether each session opens a connection of its own. @default false */
  readonly newConnection?: boolean | undefined;
}

/** A step after validation, with what is the run's filled in. */
export interface ResolvedSessionStep {
  readonly name: string;
  readonly thinkMs: ThinkTime | null;
  /** The request of HTTP, or the message. */
  readonly text: string;
  readonly headers: HeaderFields;
  readonly body: string | null;
  readonly json: unknown;
  readonly expectStatus: number | null;
  readonly expect: string | null;
  readonly expectMatch: string | null;
  readonly extract: Readonly<Record<string, SessionExtraction>>;
}

/** Session options after validation; they can be posted to a thread. */
export interface ResolvedSessionOptions {
  readonly isHttp: boolean;
  readonly steps: readonly ResolvedSessionStep[];
  readonly values: Readonly<Record<string, string>>;
  readonly version: HttpVersion;
  readonly cookies: boolean;
  readonly newConnection: boolean;
}
