import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * Sends a text part by part, no faster than the client reads.
 *
 * @param response the answer, of which nothing is sent yet
 * @param text the parts; what they throw before the first one is for the caller to answer
 * @param terms the type, the name under which it is saved, and how long a client may not read on, in milliseconds
 */
export async function streamText(
  response: ServerResponse,
  text: AsyncIterable<string>,
  {
    type,
    fileName,
    stallMs,
  }: { readonly type: string; readonly fileName: string; readonly stallMs: number },
): Promise<void> {
  for await (const part of text) {
    if (!response.headersSent) {
      response.writeHead(200, {
        'content-type': type,
        'content-disposition': `attachment; filename="${fileName}"`,
        'cache-control': 'no-store',
      });
    }
    if (response.write(part)) continue;
    await once(response, 'drain', { signal: AbortSignal.timeout(stallMs) });
  }
  response.end();
}
