import type { IncomingMessage, ServerResponse } from 'node:http';
import { requireAccess, type AccessRules, type AskedFor } from './access.ts';
import { RefusedRequest } from './control-error.ts';
import type { ResolvedControlOptions } from './control-options.ts';
import type { ControlPage } from './control-page.ts';
import { errorAnswer, statusOf } from './error-answer.ts';
import { streamEvents } from './events/event-stream.ts';
import { openApi } from './routes/open-api.ts';
import { type Given, readFields, readQuery } from './routes/parameters.ts';
import { readBody } from './request-body.ts';
import type { Call, Route } from './routes/route.ts';
import { ROUTES } from './routes/routes.ts';
import { streamText } from './text-stream.ts';

/** What every request of a server has in common. */
export interface RequestTerms {
  readonly call: Pick<Call, 'pool' | 'feed' | 'about' | 'reloadTls'>;
  readonly access: () => AccessRules;
  /** What is served besides the API. */
  readonly page: ControlPage | undefined;
  /** Hears why a client was cut. */
  readonly onCut: (reason: string) => void;
  readonly options: Pick<
    ResolvedControlOptions,
    'maxBodyBytes' | 'maxUnreadBytes' | 'clientTimeoutMs'
  >;
  /** Fires when the server closes. */
  readonly closing: AbortSignal;
}

const WAIT = Object.freeze({
  wait: {
    type: 'boolean',
    default: true,
    description: 'Whether the answer waits until it is done; if not it comes at once with 202.',
  },
} as const);

const JSON_HEADERS = Object.freeze({
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
});

/**
 * Answers one request. Never throws.
 *
 * @param request the request
 * @param response its answer, of which nothing is sent yet
 * @param terms what it may, and what it works with
 */
export async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  terms: RequestTerms,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the client has gone away')));
  response.on('error', () => undefined);
  try {
    await answer(request, response, terms, AbortSignal.any([gone.signal, terms.closing]));
  } catch (error) {
    if (response.headersSent || response.destroyed) {
      // What is sent already cannot be taken back: a cut tells that it is not whole.
      response.destroy();
      return;
    }
    const headers = error instanceof RefusedRequest ? error.headers : {};
    // What of the body has not been read is not worth the wait.
    const close = request.complete ? {} : { connection: 'close' };
    sendJson(response, statusOf(error), { error: errorAnswer(error) }, terms, {
      ...headers,
      ...close,
    });
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  terms: RequestTerms,
  signal: AbortSignal,
): Promise<void> {
  const rules = terms.access();
  const url = urlOf(request);
  // By the path as it is routed: what `..` leads to is what is asked for.
  requireAccess(request, rules, url === null ? 'action' : askedFor(request, url.pathname));
  if (url === null)
    throw new RefusedRequest(400, 'The URL of a request must be a path, such as /v1/status');
  const { pathname, searchParams } = url;
  if (terms.page !== undefined && !isApi(pathname)) {
    requireMethod(request, ['GET', 'HEAD']);
    const requireMore = (what: AskedFor): void => requireAccess(request, rules, what);
    if (terms.page.answer(request, response, requireMore)) return;
  }
  if (pathname === '/v1/openapi.json') {
    requireMethod(request, ['GET']);
    sendJson(response, 200, openApi(ROUTES, WAIT), terms);
    return;
  }
  const { route, workerId } = findRoute(request, pathname);
  const of = `${route.method} ${route.path}`;
  const query = readQuery(
    searchParams,
    { ...route.query, ...(route.takesLong === true && WAIT) },
    of,
  );
  const body = await readBody(request, route.method === 'POST' ? terms.options.maxBodyBytes : 0);
  const { wait, ...asked } = query;
  const given: Given = { ...asked, ...readFields(body, route.body ?? {}, of) };
  const call: Call = {
    ...terms.call,
    workerId,
    given,
    signal: wait === false ? terms.closing : signal,
  };
  if (wait === false) {
    // What becomes of it is told by the events.
    Promise.resolve(route.run(call)).catch(() => undefined);
    sendJson(response, 202, { accepted: true }, terms);
    return;
  }
  const result = await route.run(call);
  if ('json' in result) {
    sendJson(response, 200, result.json, terms);
  } else if ('events' in result) {
    const { maxUnreadBytes } = terms.options;
    const { events: format, only } = result;
    streamEvents(response, terms.call.feed, { format, only, maxUnreadBytes, onCut: terms.onCut });
  } else {
    const { text, type, fileName } = result;
    await streamText(response, text, { type, fileName, stallMs: terms.options.clientTimeoutMs });
  }
}

function askedFor({ method }: IncomingMessage, pathname: string): AskedFor {
  if (!isApi(pathname)) return 'page';
  return method === 'GET' && !pathname.startsWith('/v1/workers/') ? 'figures' : 'action';
}

function isApi(pathname: string): boolean {
  return pathname === '/v1' || pathname.startsWith('/v1/');
}

/** Null for what is no path: `http://…` and `//…` are for proxies. */
function urlOf({ url = '/' }: IncomingMessage): URL | null {
  return /^\/(?!\/)/.test(url) ? URL.parse(url, 'http://localhost') : null;
}

function requireMethod({ method = '' }: IncomingMessage, allowed: readonly string[]): void {
  if (allowed.includes(method)) return;
  const list = allowed.join(', ');
  throw new RefusedRequest(405, `The method here must be ${allowed.join(' or ')}, got ${method}`, {
    allow: list,
  });
}

const PATTERNS = ROUTES.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replace('{workerId}', String.raw`(\d{1,4})`)}$`),
}));

function findRoute(
  request: IncomingMessage,
  pathname: string,
): { readonly route: Route; readonly workerId: number } {
  const there = PATTERNS.flatMap(({ route, pattern }) => {
    const match = pattern.exec(pathname);
    return match === null ? [] : [{ route, workerId: Number(match[1] ?? 0) }];
  });
  if (there.length === 0) {
    throw new RefusedRequest(
      404,
      `Cannot find ${pathname.slice(0, 100)}: there is no such path; GET /v1/openapi.json lists all`,
    );
  }
  requireMethod(
    request,
    there.map(({ route }) => route.method),
  );
  const found = there.find(({ route }) => route.method === request.method);
  if (found === undefined) throw new RefusedRequest(405, 'The method here must be another');
  return found;
}

/** A client who does not read its answer loses it. */
function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  { options: { clientTimeoutMs } }: RequestTerms,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    ...JSON_HEADERS,
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  const deadline = setTimeout(() => response.destroy(), clientTimeoutMs).unref();
  response.once('close', () => clearTimeout(deadline));
  response.end(text);
}
