import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ToldEvent } from './events/pool-events.ts';
import type { About } from './routes/route.ts';

/** What a control server gives to its page. */
export interface PageHost {
  /** Which program it is. */
  about(): About;
  /**
   * Tells the pool's events.
   *
   * @param subscriber gets each from now on, and the same as JSON
   * @returns ends it
   */
  subscribe(subscriber: (event: ToldEvent, json: string) => void): () => void;
  /**
   * The page has cut a client, which the server's `onClientsCut` is told.
   *
   * @param reason such as `they left more than 1048576 bytes unread`
   */
  clientCut(reason: string): void;
}

/** A web page on a control server: what it serves besides `/v1`. */
export interface ControlPage {
  /** Whether the figures of the pool can be read without the token. */
  readonly openFigures: boolean;
  /**
   * Answers a request for a path that is not under `/v1`, from this origin or from no page at all.
   *
   * @param request whose headers are there
   * @param response its answer, of which nothing is sent yet
   * @param requireAccess throws what is answered instead, unless the request may have that
   * @returns false when the page has nothing of that path, and has sent nothing
   */
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    requireAccess: (askedFor: 'figures' | 'action') => void,
  ): boolean;
  /** The server closes: ends what is under way. */
  close(): void;
}

/** Makes the page of a server. */
export type MakeControlPage = (host: PageHost) => ControlPage;
