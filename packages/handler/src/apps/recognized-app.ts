import { Server } from 'node:net';

/** What apps are told apart as. */
export type AppKind =
  | 'server'
  | 'nest'
  | 'fastify'
  | 'hapi'
  | 'express'
  | 'router'
  | 'koa'
  | 'fetch'
  | 'class'
  | 'listener'
  | 'middleware';

/** What something looks like that is no connection handler, and how to make one of it. */
export interface RecognizedApp {
  readonly kind: AppKind;
  /** With an article, such as `an Express app`. */
  readonly looksLike: string;
  /** The line to write instead. */
  readonly write: string;
}

/** A kind of app, told by what only it has. */
interface AppShape extends RecognizedApp {
  readonly fits: (has: (...names: readonly string[]) => boolean, value: object) => boolean;
}

const LISTENER =
  /^(?:async\s+)?(?:function\b[^(]*)?\(?\s*_?(?:req|request)\s*,\s*_?(?:res|response)\b/;

/** The first one that fits; those that have much in common with others come first. */
const SHAPES: readonly AppShape[] = [
  {
    kind: 'server',
    looksLike: 'a server',
    write: 'export default serverHandler(server)',
    fits: (_, value) => value instanceof Server,
  },
  {
    kind: 'nest',
    looksLike: 'a NestJS app',
    write: 'await app.init(); export default serverHandler(app.getHttpServer())',
    fits: (has) => has('getHttpServer', 'init'),
  },
  {
    kind: 'fastify',
    looksLike: 'a Fastify app',
    write: 'await app.ready(); export default serverHandler(app.server)',
    fits: (has, value) => has('ready', 'inject') && Reflect.get(value, 'server') instanceof Server,
  },
  {
    kind: 'hapi',
    looksLike: 'a hapi server',
    write: 'await server.initialize(); export default serverHandler(server.listener)',
    fits: (has, value) => has('initialize') && Reflect.get(value, 'listener') instanceof Server,
  },
  {
    kind: 'express',
    looksLike: 'an Express app',
    write: 'export default serverHandler(http.createServer(app))',
    fits: (has, value) => typeof value === 'function' && has('handle', 'set', 'use'),
  },
  {
    kind: 'router',
    looksLike: 'a router of Express or Connect',
    write: 'export default serverHandler(http.createServer(express().use(router)))',
    fits: (has, value) => typeof value === 'function' && has('handle', 'use'),
  },
  {
    kind: 'koa',
    looksLike: 'a Koa app',
    write: 'export default serverHandler(http.createServer(app.callback()))',
    fits: (has) => has('callback', 'use'),
  },
  {
    kind: 'fetch',
    looksLike: 'a Hono app, or another one with fetch()',
    write:
      'export default serverHandler(http.createServer(getRequestListener(app.fetch))), with ' +
      "getRequestListener from '@hono/node-server'",
    fits: (has) => has('fetch'),
  },
  {
    kind: 'class',
    looksLike: 'a class',
    write: 'export default (connection, context) => new YourClass(connection).serve()',
    fits: (_, value) => typeof value === 'function' && /^class\b/.test(sourceOf(value)),
  },
  {
    kind: 'listener',
    looksLike: 'a request listener, (request, response)',
    write: 'export default serverHandler(http.createServer(listener))',
    fits: (_, value) => typeof value === 'function' && LISTENER.test(sourceOf(value)),
  },
  {
    kind: 'middleware',
    looksLike: 'a middleware, since it takes more than (connection, context)',
    write: 'export default serverHandler(http.createServer(app.use(middleware)))',
    fits: (_, value) => typeof value === 'function' && value.length > 2,
  },
];

/**
 * Tells what something looks like that is known to be no connection handler. Whatever might be
 * one is not recognized. Never throws.
 *
 * @param value what a handler module exports
 */
export function recognizeApp(value: unknown): RecognizedApp | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return undefined;
  try {
    const has = (...names: readonly string[]): boolean =>
      names.every((name) => typeof Reflect.get(value, name) === 'function');
    return SHAPES.find(({ fits }) => fits(has, value));
  } catch {
    // Such as a proxy or a getter that throws: then it is none that is known.
    return undefined;
  }
}

/** What only a response has: the second argument of a request listener, here a context. */
const OF_RESPONSES =
  /\.(?:writeHead|setHeader|appendHeader|flushHeaders|end|write|send|json|status|type) is not a function|(?:add|assign to|set).*'?status(?:Code|Message)\b/;

/**
 * Tells by its failure that a handler is a request listener under other names.
 *
 * @param handler the handler that failed
 * @param message of the error that it failed by
 * @returns what to write instead; undefined when it may as well be something else
 */
export function adviceForFailure(handler: unknown, message: string): string | undefined {
  if (typeof handler !== 'function' || handler.length !== 2) return undefined;
  if (!OF_RESPONSES.test(message)) return undefined;
  return (
    'a handler gets (connection, context); if this one is a request listener, write: ' +
    'export default serverHandler(http.createServer(listener))'
  );
}

function sourceOf(value: object): string {
  return Reflect.apply(Function.prototype.toString, value, []);
}
