interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly secure: boolean;
  readonly expiresMs: number;
}

/** Returns the folder of a request's path, which a cookie is for by default (RFC 6265, section 5.1.4). */
function defaultPath(path: string): string {
  return path.startsWith('/') ? path.slice(0, Math.max(1, path.lastIndexOf('/'))) : '/';
}

/** Tells whether a cookie for a path is sent with a request for another. */
function isWithin(path: string, requested: string): boolean {
  if (!requested.startsWith(path)) return false;
  return path.endsWith('/') || requested.length === path.length || requested[path.length] === '/';
}

function parseCookie(text: string, requested: string, nowMs: number): Cookie | null {
  const [pair = '', ...attributes] = text.split(';');
  const equals = pair.indexOf('=');
  const name = pair.slice(0, Math.max(0, equals)).trim();
  if (name === '') return null;
  const given = new Map(
    attributes.map((attribute) => {
      const [key = '', ...rest] = attribute.split('=');
      return [key.trim().toLowerCase(), rest.join('=').trim()] as const;
    }),
  );
  const path = given.get('path') ?? '';
  const maxAge = given.get('max-age');
  const expires = Date.parse(given.get('expires') ?? '');
  const expiresMs = /^-?\d+$/.test(maxAge ?? '')
    ? nowMs + Number(maxAge) * 1000
    : Number.isNaN(expires)
      ? Number.POSITIVE_INFINITY
      : expires;
  return {
    name,
    value: pair.slice(equals + 1).trim(),
    path: path.startsWith('/') ? path : defaultPath(requested),
    secure: given.has('secure'),
    expiresMs,
  };
}

/** Keeps the cookies of one client for one server, and sends them back as browsers do (RFC 6265). */
export class CookieJar {
  readonly #secure: boolean;
  readonly #cookies = new Map<string, Cookie>();

  /** Creates an empty jar; cookies for secure connections are sent on those only. */
  constructor(secure: boolean) {
    this.#secure = secure;
  }

  /** Takes the `Set-Cookie` fields of the reply to a request for a path. */
  store(fields: readonly string[], requested: string): void {
    const nowMs = Date.now();
    for (const field of fields) {
      const cookie = parseCookie(field, requested, nowMs);
      if (cookie === null) continue;
      const key = `${cookie.name};${cookie.path}`;
      if (cookie.expiresMs > nowMs) this.#cookies.set(key, cookie);
      else this.#cookies.delete(key);
    }
  }

  /** Returns the `Cookie` field of a request for a path, or undefined when there is none to send. */
  fieldFor(requested: string): string | undefined {
    const nowMs = Date.now();
    const sent = [...this.#cookies.values()]
      .filter(({ path, secure, expiresMs }) => {
        return isWithin(path, requested) && (this.#secure || !secure) && expiresMs > nowMs;
      })
      .toSorted((a, b) => b.path.length - a.path.length);
    return sent.length === 0
      ? undefined
      : sent.map(({ name, value }) => `${name}=${value}`).join('; ');
  }
}
