import type http from 'node:http';
import net from 'node:net';

/** What a peer serves: the upper-case echo, hello by Node's http, hello by Fastify. */
export const APP_KINDS = ['echo', 'http', 'fastify'] as const;
export type AppKind = (typeof APP_KINDS)[number];

/** A key and its certificate, as PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** The identity with which a peer's program is to speak TLS, if it is. */
export function identityOfProgram(): Identity | undefined {
  const text = process.env['PEER_IDENTITY'];
  return text === undefined ? undefined : (JSON.parse(text) as Identity);
}

const HELLO = 'hello\n';

/**
 * Makes the server that all peers on Node share.
 *
 * @param app a kind, or the URL of a module whose default export serves a connection
 */
export async function createPeerServer(app: string, identity?: Identity): Promise<net.Server> {
  if (app === 'fastify') {
    const { fastify } = await import('fastify');
    const { createServer } = await httpServers(identity);
    const hello = fastify({
      serverFactory: createServer,
    });
    hello.get('/', (_, reply) => reply.type('text/plain').send(HELLO));
    await hello.ready();
    return hello.server;
  }
  if (app === 'http') {
    const answer = (_: unknown, response: http.ServerResponse): void => {
      response.setHeader('Content-Type', 'text/plain');
      response.end(HELLO);
    };
    return (await httpServers(identity)).createServer(answer);
  }
  const { default: handle } = (await import(
    app === 'echo' ? '../handlers/echo-handler.ts' : app
  )) as {
    default: (connection: net.Socket) => void;
  };
  const serve = (connection: net.Socket): void => {
    connection.on('error', () => undefined);
    handle(connection);
  };
  if (identity === undefined) return net.createServer({ noDelay: true }, serve);
  const tls = await import('node:tls');
  return tls.createServer({ noDelay: true, ...identity }, serve);
}

/** Loads only what the app needs, as a program that is written for it would. */
async function httpServers(identity: Identity | undefined) {
  if (identity === undefined) {
    const { createServer } = await import('node:http');
    return { createServer };
  }
  const { createServer } = await import('node:https');
  return {
    createServer: (listener: http.RequestListener) =>
      createServer(identity, listener) as unknown as http.Server,
  };
}
