import type { ServerResponse } from 'node:http';
import type { EventFeed } from './event-feed.ts';
import type { ToldEvent } from './pool-events.ts';

/** How a client is told of events. */
export type EventFormat = 'sse' | 'ndjson';

/** How often a silent stream shows that it lives, in milliseconds. */
const HEARTBEAT_MS = 15_000;

const FORMATS = Object.freeze({
  sse: {
    type: 'text/event-stream',
    heartbeat: ':\n\n',
    write: (event: string, json: string) => `event: ${event}\ndata: ${json}\n\n`,
  },
  ndjson: {
    type: 'application/x-ndjson',
    heartbeat: '\n',
    write: (_event: string, json: string) => `${json}\n`,
  },
});

/** What a stream of events does. */
export interface EventStreamTerms {
  readonly format: EventFormat;
  /** Which events; all of them when it is empty. */
  readonly only: ReadonlySet<string>;
  /** A client that leaves more unread loses its connection. */
  readonly maxUnreadBytes: number;
  /** Hears of it when that happens. */
  readonly onCut: (reason: string) => void;
}

/**
 * Tells one client of events until the pool is closed or the client goes away.
 *
 * @param response the answer, of which nothing is sent yet
 * @param feed where the events come from
 * @param terms which, how, and how much may be unread
 */
export function streamEvents(
  response: ServerResponse,
  feed: EventFeed,
  { format, only, maxUnreadBytes, onCut }: EventStreamTerms,
): void {
  const { type, heartbeat, write } = FORMATS[format];
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
  response.flushHeaders();
  const send = (text: string): void => {
    response.write(text);
    // What a client does not read is kept here: a slow one goes, rather than the pool's memory.
    if (response.destroyed || response.writableLength <= maxUnreadBytes) return;
    response.destroy();
    onCut(`they left more than ${maxUnreadBytes} bytes of events unread`);
  };
  const unsubscribe = feed.subscribe(({ event }: ToldEvent, json) => {
    if (only.size === 0 || only.has(event) || event === 'skipped') send(write(event, json));
    if (event === 'closed') response.end();
  });
  const beat = setInterval(send, HEARTBEAT_MS, heartbeat).unref();
  response.once('close', () => {
    clearInterval(beat);
    unsubscribe();
  });
}
