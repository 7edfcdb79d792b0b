import type { IncomingMessage } from 'node:http';
import { RefusedRequest } from './control-error.ts';

/**
 * Reads the JSON in the body of a request.
 *
 * @param request of which nothing is read yet
 * @param maxBytes how long it may be
 * @returns undefined when there is none
 * @throws {RefusedRequest} when it is too long, no JSON, or another type
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const { 'content-length': length, 'content-type': type = '' } = request.headers;
  if (Number(length) > maxBytes) throw tooLong(maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLong(maxBytes);
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new RefusedRequest(415, 'The header Content-Type of a body must be application/json');
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (error) {
    throw new RefusedRequest(
      400,
      `Cannot read the body: it is no JSON: ${(error as Error).message}`,
    );
  }
}

function tooLong(maxBytes: number): RefusedRequest {
  return new RefusedRequest(413, `The body must have at most ${maxBytes} bytes`);
}
