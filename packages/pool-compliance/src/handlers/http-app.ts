import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { threadId } from 'node:worker_threads';

/** Size of the body of `/download`, in bytes. */
const DOWNLOAD_BYTES = 1_000_000;
/** Responses of `/slow` that wait for {@link finishSlowResponses}. */
const waiting = new Set<ServerResponse>();
let finishing = false;

/** Ends the responses that wait, and lets none wait from now on. */
export function finishSlowResponses(): void {
  finishing = true;
  for (const response of waiting) response.end('finally');
  waiting.clear();
}

/** A plain application for tests: every route says in its body what a test wants to know. */
export async function httpApp(request: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (request.url) {
    case '/native':
      response.end(`${process.pid}/${threadId}`);
      break;
    case '/upload':
      response.end(
        createHash('sha256')
          .update(await buffer(request))
          .digest('hex'),
      );
      break;
    case '/download':
      response.end(Buffer.alloc(DOWNLOAD_BYTES, 'sockpool '));
      break;
    case '/slow':
      waiting.add(response);
      if (finishing) finishSlowResponses();
      break;
    default:
      response.end(`you asked for ${request.url}`);
  }
}
