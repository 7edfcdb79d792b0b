import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import type * as FetchAdapter from '@hono/node-server';
import { describeValue } from '@sockpool/option-checks';
import type { ConnectionHandler } from '../contract/connection-handler.ts';
import { type AppKind, recognizeApp } from './recognized-app.ts';

/** An app as a server that does not listen. */
export interface AppServer {
  readonly server: Server;
  /** Closes what the app has open, where its framework has a way. */
  readonly close?: () => unknown;
}

/** An app, as a function that serves it has found out by its shape. */
type App = Record<string, (...args: readonly unknown[]) => unknown>;

/** The adapter of apps with `fetch()`, an optional peer. */
const FETCH_ADAPTER = '@hono/node-server';

const SERVERS: Readonly<
  Record<Exclude<AppKind, 'class' | 'middleware'>, (app: App) => AppServer | Promise<AppServer>>
> = {
  server: (server) => ({ server: server as unknown as Server }),
  nest: async (app) => {
    await app['init']?.();
    return { server: app['getHttpServer']?.() as Server, close: () => app['close']?.() };
  },
  fastify: async (app) => {
    await app['ready']?.();
    return { server: app['server'] as unknown as Server, close: () => app['close']?.() };
  },
  hapi: async (app) => {
    await app['initialize']?.();
    return { server: app['listener'] as unknown as Server, close: () => app['stop']?.() };
  },
  express: serverOf,
  router: serverOf,
  koa: (app) => serverOf(app['callback']?.()),
  fetch: async (app) => {
    const { getRequestListener } = await importFetchAdapter();
    const answer = (...args: readonly unknown[]): unknown => app['fetch']?.(...args);
    return serverOf(getRequestListener(answer as Parameters<typeof getRequestListener>[0]));
  },
  listener: serverOf,
};

/**
 * Makes a server of an app, once the app is ready.
 *
 * @param app see `hostHandler()`
 * @returns a connection handler for what is one already
 * @throws {TypeError} when it is none of these: what it looks like, and what to write
 * @throws {unknown} what getting the app ready throws
 */
export async function appServer(app: unknown): Promise<AppServer | ConnectionHandler> {
  const given = types.isPromise(app) ? ((await app) as unknown) : app;
  const recognized = recognizeApp(given);
  if (recognized === undefined) {
    if (typeof given === 'function') return given as ConnectionHandler;
    throw new TypeError(
      `Cannot host an app: it must be an app, a server or a connection handler, got ${describeValue(given)}`,
    );
  }
  const { kind, looksLike, write } = recognized;
  // An app of Connect answers what it has no route for; a router of Express needs its app.
  const needsApp = kind === 'router' && typeof Reflect.get(given as App, 'route') !== 'string';
  if (kind === 'class' || kind === 'middleware' || needsApp) {
    throw new TypeError(`Cannot host an app: it looks like ${looksLike}; write: ${write}`);
  }
  return SERVERS[kind](given as App);
}

function serverOf(listener: unknown): AppServer {
  const { createServer } = process.getBuiltinModule('node:http');
  return { server: createServer(listener as RequestListener) };
}

/** Finds the adapter beside this package or the program. */
async function importFetchAdapter(): Promise<typeof FetchAdapter> {
  const places = [import.meta.url, process.argv[1], join(process.cwd(), 'package.json')];
  for (const place of places) {
    if (place === undefined) continue;
    try {
      const adapter = createRequire(place).resolve(FETCH_ADAPTER);
      return (await import(pathToFileURL(adapter).href)) as typeof FetchAdapter;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new TypeError(
    `Cannot host an app with fetch(): the package ${FETCH_ADAPTER}, which serves it, is not installed; run: npm install ${FETCH_ADAPTER}`,
  );
}
