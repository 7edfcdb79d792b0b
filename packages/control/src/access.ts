import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { RefusedRequest } from './control-error.ts';

/** Who may ask. */
export interface AccessRules {
  readonly token: string | undefined;
  /** Names that the header `Host` may have, without port, in lower case. */
  readonly hosts: ReadonlySet<string>;
}

/**
 * Checks that a request comes from somebody who may ask, and not from a web page.
 *
 * @param request whose headers are there
 * @param rules who may
 * @throws {RefusedRequest} when not
 */
export function requireAccess(request: IncomingMessage, rules: AccessRules): void {
  const { host, origin, authorization, 'sec-fetch-site': site } = request.headers;
  const name = nameOf(host ?? '');
  if (!rules.hosts.has(name)) {
    throw new RefusedRequest(
      421,
      `The header Host is '${String(host).slice(0, 100)}': allowed are ${[...rules.hosts].join(', ')}`,
    );
  }
  // A page of the same origin would have been served from here, and none is.
  if (origin !== undefined || (site !== undefined && site !== 'none')) {
    throw new RefusedRequest(403, 'Requests of web pages are refused');
  }
  if (rules.token === undefined) return;
  const [, given] = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? '') ?? [];
  if (given === undefined || !isSame(given, rules.token)) {
    throw new RefusedRequest(
      401,
      given === undefined
        ? 'A token is needed: Authorization: Bearer …'
        : 'The token is not the right one',
      { 'www-authenticate': 'Bearer' },
    );
  }
}

/** The name of a `Host` header without its port. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d{1,5}$/, '');
}

/** Takes the same time whatever is the same; digests have one length. */
function isSame(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
