import http2 from 'node:http2';
import type { ErrorClass } from '../measure/error-class.ts';
import type { StreamRequest } from '../messages/wire-format.ts';
import type { PreparedRequest } from '../messages/workload.ts';
import type { FailedRequest } from './retry-queue.ts';

/** How a stream ended: with a whole reply, or why not. */
export type StreamOutcome =
  | { readonly reply: Buffer }
  | {
      readonly errorClass: ErrorClass;
      readonly reason: string;
      /** Whether the server says that it has not begun with the request. */
      readonly untouched?: boolean;
    };

/** The longest body that is accepted, in bytes. */
const MAX_BODY_BYTES = 268_435_456;

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants;

/** The names of the error codes (RFC 9113, section 7). */
const CODE_NAMES: ReadonlyMap<number, string> = new Map(
  [
    'NO_ERROR',
    'PROTOCOL_ERROR',
    'INTERNAL_ERROR',
    'FLOW_CONTROL_ERROR',
    'SETTINGS_TIMEOUT',
    'STREAM_CLOSED',
    'FRAME_SIZE_ERROR',
    'REFUSED_STREAM',
    'CANCEL',
    'COMPRESSION_ERROR',
    'CONNECT_ERROR',
    'ENHANCE_YOUR_CALM',
    'INADEQUATE_SECURITY',
    'HTTP_1_1_REQUIRED',
  ].map((name, code) => [code, name]),
);

function textOf(headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader): string {
  const fields = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(':') ? [] : [value ?? []].flat().map((each) => `${name}: ${each}\r\n`),
  );
  return `HTTP/2.0 ${headers[':status'] ?? 0}\r\n${fields.join('')}\r\n`;
}

/** One request and its reply, on a stream of their own. */
export class Http2Exchange implements FailedRequest {
  readonly request: PreparedRequest;
  readonly dueMs: number;
  readonly attempt: number;
  readonly sentMs: number;
  readonly #onSettled: (outcome: StreamOutcome) => void;
  #stream: http2.ClientHttp2Stream | undefined;
  #head: string | undefined;
  #parts: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  /** When the first byte of the reply came; 0 before. */
  firstByteMs = 0;

  constructor(
    { request, dueMs, attempt, sentMs }: FailedRequest & { readonly sentMs: number },
    onSettled: (outcome: StreamOutcome) => void,
  ) {
    this.request = request;
    this.dueMs = dueMs;
    this.attempt = attempt;
    this.sentMs = sentMs;
    this.#onSettled = onSettled;
  }

  /** Whether a part of the reply has come. */
  get inReply(): boolean {
    return this.#head !== undefined;
  }

  /** Sends the request; `onSettled` hears of the end, never during this call. */
  start(session: http2.ClientHttp2Session, { headers, body }: StreamRequest): void {
    const stream = session.request(headers, { endStream: body.length === 0 });
    this.#stream = stream;
    stream.once('response', (fields) => {
      this.firstByteMs = performance.now();
      this.#head = textOf(fields);
    });
    stream.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes > MAX_BODY_BYTES) stream.close(NGHTTP2_CANCEL);
      else this.#parts.push(chunk);
    });
    stream.once('end', () => {
      this.#ended = true;
    });
    // What it says is told by the code when the stream closes.
    stream.on('error', () => undefined);
    stream.once('close', () => {
      const outcome = this.#outcome(stream.rstCode ?? NGHTTP2_CANCEL);
      // With the whole connection gone, its own end says why.
      if ('reply' in outcome || !session.destroyed) this.#onSettled(outcome);
    });
    if (body.length > 0) stream.end(body);
  }

  /** Tells the server that nobody waits any more. */
  cancel(): void {
    this.#stream?.close(NGHTTP2_CANCEL);
  }

  #outcome(code: number): StreamOutcome {
    if (this.#bytes > MAX_BODY_BYTES) {
      const reason = `the body of the reply has more than ${MAX_BODY_BYTES} bytes`;
      return { errorClass: 'malformedReply', reason };
    }
    if (code === NGHTTP2_NO_ERROR && this.#ended && this.#head !== undefined) {
      return { reply: Buffer.concat([Buffer.from(this.#head, 'latin1'), ...this.#parts]) };
    }
    const name = CODE_NAMES.get(code) ?? String(code);
    if (code === NGHTTP2_REFUSED_STREAM) {
      const reason = `${name}: the server did not take the request on`;
      return { errorClass: 'closedBeforeReply', reason, untouched: true };
    }
    const reason = `the server ended the stream with ${name}`;
    return { errorClass: this.inReply ? 'earlyClose' : 'reset', reason };
  }
}
