import type { ConnectionHandler } from '../contract/connection-handler.ts';
import { serverHandler, type ServerHandlerOptions } from '../serving/server-handler.ts';
import { appServer } from './app-server.ts';

/**
 * Makes a connection handler of an app: a Fastify, Express, Koa, NestJS or hapi app, a Hono app or
 * another one with `fetch()` (through `@hono/node-server`, which has to be installed), a listener
 * of requests `(request, response)`, a server, a connection handler, or a promise of one of these.
 * What a framework has open is closed, by its own `close()`, when the worker leaves.
 *
 * @param app what a program would listen with, on which `listen()` has not been called
 * @param options as of `serverHandler()`; `onDraining` in place of the framework's own `close()`
 * @returns the handler, to be the default export of a handler module as it is
 * @throws {TypeError} when `app` is none of these: what it looks like, and what to write
 * @throws {unknown} what getting the app ready throws
 * @example
 * const app = express();
 * app.get('/', (request, response) => response.send('hello'));
 * export default hostHandler(app);
 */
export async function hostHandler(
  app: unknown,
  options: ServerHandlerOptions = {},
): Promise<ConnectionHandler> {
  const hosted = await appServer(app);
  if (typeof hosted === 'function') return hosted;
  const { server, close } = hosted;
  const onDraining = async (): Promise<void> => void (await close?.());
  return serverHandler(server, { onDraining, ...options });
}
