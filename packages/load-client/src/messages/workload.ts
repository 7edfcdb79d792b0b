import { compileTemplate, isTemplate, randomText } from './message-template.ts';
import type { HeaderFields } from './header-fields.ts';
import type { KnownReply } from './known-reply.ts';
import type { RandomSource } from '../random-source.ts';
import type { WireFormat } from './wire-format.ts';

/** The messages that the clients of the lecture notebook send. */
export const NOTEBOOK_MESSAGES: readonly string[] = Object.freeze([
  'hello',
  'bye',
  'why',
  'yes',
  'no',
  'maybe',
  'are you sure',
  'why not?',
]);

/** Who decides about the reply to a request, and hears what became of it, beside the format and the recorder. */
export interface RequestFate {
  /** Returns null for a right reply, otherwise a short sentence that says what is wrong with it. */
  verify(reply: Buffer): string | null;
  /** Hears of a right reply. Times are those of `performance.now()`. */
  accepted(dueMs: number, nowMs: number): void;
  /** Hears that the request failed for good. */
  failed(dueMs: number, nowMs: number): void;
  /** Hears that the run ended before the reply. */
  unanswered(dueMs: number): void;
}

/** A request with everything that is needed to send it and to know its reply. */
export interface PreparedRequest {
  /** The message before it is framed. */
  readonly message: Buffer;
  /** The bytes to write. */
  readonly encoded: Buffer;
  /** The same bytes as a text of one character each, which Node writes at less cost; null when it is not worth it. */
  readonly encodedText: string | null;
  /** The message of a right reply, or null when any reply, or only the format's own check, counts. */
  readonly expected: Buffer | null;
  /** The bytes of a right reply on the wire, or null when a decoder must find the reply. */
  readonly expectedWire: Buffer | null;
  /** HTTP: the header fields of this request, when they are not those of all. */
  readonly headers?: HeaderFields;
  /** A right reply that came before, for requests that are sent again and again. */
  known: KnownReply | undefined;
  /** Of a session: what its step makes of the reply. */
  readonly fate?: RequestFate;
}

/** Yields the next request to send; the connections of one load thread share it. */
export type Workload = () => PreparedRequest;

/** How the next message is chosen. */
export type MessageOrder = 'random' | 'sequential';

/** Every {@link MessageOrder}. */
export const MESSAGE_ORDERS: readonly MessageOrder[] = Object.freeze(['random', 'sequential']);

/** Which messages one load thread sends. */
export interface WorkloadPlan {
  /** Messages; a text may be a template, bytes are sent as they are. */
  readonly messages: readonly (string | Uint8Array)[];
  /** When given, random messages of sizes within these bounds replace the messages, in bytes. */
  readonly messageBytes: readonly [min: number, max: number] | null;
  readonly order: MessageOrder;
  readonly share: number;
  readonly shares: number;
}

/** Longer requests cost no less as a text. */
const MAX_TEXT_BYTES = 4096;

/** With a range of sizes, so many different messages of evenly spread sizes are prepared. */
const SIZED_MESSAGES = 64;

/**
 * Encodes a message and its expected reply; one that is fixed is sent again and again.
 *
 * @throws {RangeError} when the framing can't carry the message, or the right reply would have no
 *   bytes, so that nothing would ever say that it came
 */
function prepareRequest(format: WireFormat, message: Buffer, isFixed: boolean): PreparedRequest {
  const encoded = format.encodeRequest(message);
  const expectedWire = format.expectedWire(message);
  if (encoded.length === 0 || expectedWire?.length === 0) {
    throw new RangeError(
      `Cannot send '${message.toString()}' in ${format.name} framing: its reply would have no bytes`,
    );
  }
  const encodedText =
    isFixed && encoded.length <= MAX_TEXT_BYTES ? encoded.toString('latin1') : null;
  const expected = format.expectedReply(message);
  return { message, encoded, encodedText, expected, expectedWire, known: undefined };
}

function choose<T>(
  items: readonly [T, ...T[]],
  order: MessageOrder,
  random: RandomSource,
): () => T {
  const [first] = items;
  if (items.length === 1) return () => first;
  if (order === 'random') return () => items[Math.floor(random() * items.length)] ?? first;
  let position = 0;
  return () => {
    const item = items[position] ?? first;
    position = position + 1 === items.length ? 0 : position + 1;
    return item;
  };
}

function sizedMessages(
  [min, max]: readonly [number, number],
  random: RandomSource,
): readonly Buffer[] {
  return Array.from({ length: SIZED_MESSAGES }, (_, index) => {
    const size = min + Math.round(((max - min) * index) / (SIZED_MESSAGES - 1));
    return Buffer.from(randomText(size, random));
  });
}

/**
 * Creates the workload of one load thread. Fixed messages are encoded once; templates are rendered
 * and encoded for each request.
 *
 * @throws {TypeError} when there is no message
 * @throws {RangeError} when a message can't be sent, or a template has an unknown placeholder
 */
export function createWorkload(
  plan: WorkloadPlan,
  format: WireFormat,
  random: RandomSource,
): Workload {
  const messages =
    plan.messageBytes === null ? plan.messages : sizedMessages(plan.messageBytes, random);
  let count = plan.share - plan.shares;
  const sources = {
    random,
    count: () => count,
  };
  const renderers = messages.map((message): Workload => {
    if (typeof message === 'string' && isTemplate(message)) {
      const render = compileTemplate(message, sources);
      return () => prepareRequest(format, render(), false);
    }
    const bytes = typeof message === 'string' ? Buffer.from(message) : Buffer.from(message);
    const prepared = prepareRequest(format, bytes, true);
    return () => prepared;
  });
  const [first, ...rest] = renderers;
  if (first === undefined) throw new TypeError('Cannot run without messages: give at least one');
  const next = choose([first, ...rest], plan.order, random);
  return () => {
    count += plan.shares;
    return next()();
  };
}
