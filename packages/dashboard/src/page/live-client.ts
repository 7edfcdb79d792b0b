import type { LiveMessage } from '../wire.ts';

/** How long it waits before it connects again: at first, and at most, in milliseconds. */
const RETRY_MS = { first: 500, most: 5_000 } as const;

/** How long nothing may come before the line is given up and made anew, in milliseconds. */
const SILENCE_MS = 10_000;

/** How the line to the server is. */
export type LinkState = 'connecting' | 'live' | 'lost' | 'locked';

/** What the page learns about its line to the server. */
export interface LiveListeners {
  readonly onMessage: (message: LiveMessage) => void;
  readonly onLink: (state: LinkState) => void;
}

/**
 * Follows the server by one request that goes on, and asks anew when it ends. The token, where figures
 * need one, goes in a header, which an EventSource cannot send.
 */
export class LiveClient {
  readonly #listeners: LiveListeners;
  readonly #headers: () => Readonly<Record<string, string>>;
  #aborter: AbortController | undefined;
  #wake: (() => void) | undefined;
  #receivedAtMs = -Infinity;

  /**
   * @param headers the headers of a request, as of now
   * @param listeners are told
   */
  constructor(headers: () => Readonly<Record<string, string>>, listeners: LiveListeners) {
    this.#headers = headers;
    this.#listeners = listeners;
  }

  /** When something came last, on the clock of `performance.now()`. */
  get receivedAtMs(): number {
    return this.#receivedAtMs;
  }

  /** Follows for as long as the page is there. */
  async follow(): Promise<never> {
    let waitMs: number = RETRY_MS.first;
    for (;;) {
      const status = await this.#read();
      if (status === 200) waitMs = RETRY_MS.first;
      this.#listeners.onLink(status === 401 ? 'locked' : 'lost');
      await this.#pause(status === 401 ? undefined : waitMs);
      waitMs = Math.min(waitMs * 2, RETRY_MS.most);
    }
  }

  /** Connects anew at once, such as with another token. */
  retry(): void {
    this.#aborter?.abort();
    this.#wake?.();
  }

  /** Reads to the end, whatever it is; gives the status, or 0 when the server could not be reached. */
  async #read(): Promise<number> {
    this.#aborter = new AbortController();
    const { signal } = this.#aborter;
    const watch = setInterval(() => {
      if (performance.now() - this.#receivedAtMs > SILENCE_MS) this.#aborter?.abort();
    }, 1_000);
    this.#receivedAtMs = performance.now();
    let status = 0;
    try {
      const response = await fetch('live', { headers: this.#headers(), signal, cache: 'no-store' });
      status = response.status;
      if (response.ok && response.body !== null) await this.#readLines(response.body);
    } catch {
      // The server is gone or the line was given up: it is told as lost, and tried again.
    }
    clearInterval(watch);
    return status;
  }

  async #readLines(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = '';
    const texts = body.pipeThrough(
      new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
    );
    for await (const text of texts) {
      this.#receivedAtMs = performance.now();
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const message = JSON.parse(line) as LiveMessage;
        if (message.hello !== undefined) this.#listeners.onLink('live');
        this.#listeners.onMessage(message);
      }
    }
  }

  /** Waits, or until it is to connect at once. */
  #pause(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
