import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

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
    const hello = fastify({
      serverFactory: (listener) =>
        identity === undefined
          ? http.createServer(listener)
          : (https.createServer(identity, listener) as unknown as http.Server),
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
    return identity === undefined
      ? http.createServer(answer)
      : https.createServer(identity, answer);
  }
  const { default: handle } = (await import(app === 'echo' ? '../echo-handler.ts' : app)) as {
    default: (connection: net.Socket) => void;
  };
  const serve = (connection: net.Socket): void => {
    connection.on('error', () => undefined);
    handle(connection);
  };
  return identity === undefined
    ? net.createServer({ noDelay: true }, serve)
    : tls.createServer({ noDelay: true, ...identity }, serve);
}
