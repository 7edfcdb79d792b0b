import type { ServerResponse } from 'node:http';
import type { LiveMessage } from '../wire.ts';

/** How much a viewer may leave unread of what cannot be left out, in bytes. */
const MAX_UNREAD_BYTES = 1_048_576;

/**
 * Who looks at the page. Each has one answer that goes on. Samples are left out for those who do not
 * read as fast as they come; who leaves too much of the rest unread loses the connection, and gets
 * everything anew when they come back.
 */
export class Viewers {
  readonly #responses = new Set<ServerResponse>();
  readonly #onCut: (reason: string) => void;

  /** @param onCut hears why one lost the connection */
  constructor(onCut: (reason: string) => void) {
    this.#onCut = onCut;
  }

  /** How many there are. */
  get size(): number {
    return this.#responses.size;
  }

  /**
   * Begins to tell one more.
   *
   * @param response the answer, of which nothing is sent yet
   * @param first what they are told at once
   */
  add(response: ServerResponse, first: LiveMessage): void {
    response.writeHead(200, {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    this.#responses.add(response);
    response.once('close', () => this.#responses.delete(response));
    response.write(lineOf(first));
  }

  /**
   * Tells all of them what is of no worth when the next one comes.
   *
   * @param message such as a sample
   */
  tellMoment(message: LiveMessage): void {
    if (this.#responses.size === 0) return;
    const line = lineOf(message);
    for (const response of this.#responses) {
      if (!response.writableNeedDrain) response.write(line);
    }
  }

  /**
   * Tells all of them what nobody is to miss.
   *
   * @param message such as an event
   */
  tell(message: LiveMessage): void {
    if (this.#responses.size === 0) return;
    const line = lineOf(message);
    for (const response of this.#responses) {
      response.write(line);
      if (response.destroyed || response.writableLength <= MAX_UNREAD_BYTES) continue;
      response.destroy();
      this.#onCut(`they left more than ${MAX_UNREAD_BYTES} bytes of the page's events unread`);
    }
  }

  /** Ends what they are told. */
  close(): void {
    for (const response of this.#responses) response.end();
  }
}

function lineOf(message: LiveMessage): string {
  return `${JSON.stringify(message)}\n`;
}
