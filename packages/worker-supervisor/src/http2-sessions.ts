import type { ServerHttp2Session } from 'node:http2';
import type net from 'node:net';

/** How long a session that has had no stream yet may still open its first one, in milliseconds. */
const FIRST_STREAM_MS = 1_000;

/** Ends a server's HTTP/2 sessions: GOAWAY, then the streams under way finish (RFC 9113, section 6.8). */
export class Http2Sessions {
  readonly #sessions = new Set<ServerHttp2Session>();
  #draining = false;

  /** @param server an `http2` server */
  constructor(server: net.Server) {
    server.on('session', (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
      if (this.#draining) this.#closeAfterFirstStream(session);
    });
  }

  /** Begins to end the sessions. Idempotent. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (const session of this.#sessions) session.close();
  }

  #closeAfterFirstStream(session: ServerHttp2Session): void {
    const timer = setTimeout(() => session.close(), FIRST_STREAM_MS);
    session.once('stream', () => {
      clearTimeout(timer);
      session.close();
    });
    session.once('close', () => clearTimeout(timer));
  }
}
