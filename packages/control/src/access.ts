import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { RefusedRequest } from './control-error.ts';

/**
 * What a request is for: the server's page, the figures of the pool, or what changes it or shows
 * the memory of a worker.
 */
export type AskedFor = 'page' | 'figures' | 'action';

/** Who may ask. */
export interface AccessRules {
  readonly token: string | undefined;
  /** Names that the header `Host` may have, without port, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** Undefined where the server has no page: then no web page may ask. */
  readonly page: { readonly openFigures: boolean } | undefined;
}

/**
 * Checks that a request comes from somebody who may ask, and not from a web page of elsewhere.
 *
 * @param request whose headers are there
 * @param rules who may
 * @param askedFor what it is for
 * @throws {RefusedRequest} when not
 */
export function requireAccess(
  request: IncomingMessage,
  rules: AccessRules,
  askedFor: AskedFor,
): void {
  requireSite(request, rules);
  if (rules.page === undefined) {
    if (rules.token !== undefined) requireToken(request, rules.token);
    return;
  }
  if (askedFor === 'page' || (askedFor === 'figures' && rules.page.openFigures)) return;
  if (rules.token === undefined) {
    throw new RefusedRequest(
      403,
      'Cannot steer the pool here: the server has no token, so it only shows the pool',
    );
  }
  requireToken(request, rules.token);
}

function requireSite(request: IncomingMessage, { hosts, page }: AccessRules): void {
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  if (!hosts.has(nameOf(host ?? ''))) {
    throw new RefusedRequest(
      421,
      `The header Host must be one of ${[...hosts].join(', ')}, got '${String(host).slice(0, 100)}'`,
    );
  }
  // Only the server's own page has the same origin, and only a person comes from nowhere.
  const isOwn = page !== undefined && (origin === undefined || hostOf(origin) === host);
  const sites = page === undefined ? ['none'] : ['none', 'same-origin'];
  if ((origin === undefined || isOwn) && (site === undefined || sites.includes(String(site)))) {
    return;
  }
  throw new RefusedRequest(
    403,
    page === undefined
      ? 'Cannot answer a web page: only programs may ask'
      : 'Cannot answer a request from another site: type the address of this page by hand',
  );
}

function requireToken({ headers: { authorization } }: IncomingMessage, token: string): void {
  const [, given] = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '') ?? [];
  if (given !== undefined && isSame(given, token)) return;
  throw new RefusedRequest(
    401,
    given === undefined
      ? 'Cannot answer: the request has no token; send Authorization: Bearer …'
      : 'Cannot answer: the token is wrong',
    { 'www-authenticate': 'Bearer' },
  );
}

/** The name of a `Host` header without its port. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d{1,5}$/, '');
}

/** What of an origin is in a `Host` header. TLS may end at a proxy before this server. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
}

/** Takes the same time whatever is the same; digests have one length. */
function isSame(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
