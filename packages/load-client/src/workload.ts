import type { RandomSource } from './random-source.ts';
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

/** A request with everything that is needed to send it and to know its reply. */
export interface PreparedRequest {
  /** The message before it is framed. */
  readonly message: Buffer;
  /** The bytes to write. */
  readonly encoded: Buffer;
  /** The message of a right reply, or null when any reply, or only the format's own check, counts. */
  readonly expected: Buffer | null;
  /** The bytes of a right reply on the wire, or null when a decoder must find the reply. */
  readonly expectedWire: Buffer | null;
}

/** Yields the next request to send; connections of one load thread share it. */
export type Workload = () => PreparedRequest;

/**
 * Encodes a message and its expected reply.
 *
 * @throws {RangeError} when the right reply would be empty in a format without boundaries, since
 *   no byte would ever say that it came.
 */
export function prepareRequest(format: WireFormat, message: Buffer): PreparedRequest {
  const expected = format.expectedReply(message);
  const encoded = format.encodeRequest(message);
  const expectedWire = expected === null ? null : format.encodeReply(expected);
  if (encoded.length === 0 || expectedWire?.length === 0) {
    throw new RangeError(
      `Cannot send '${message.toString()}' in ${format.name} framing: neither the request nor its ` +
        'reply may be empty, since nothing on the wire would mark them',
    );
  }
  return { message, encoded, expected, expectedWire };
}

/** Creates a workload of prepared messages, in random order or one after the other. */
export function createStaticWorkload(
  requests: readonly PreparedRequest[],
  order: 'random' | 'sequential',
  random: RandomSource,
): Workload {
  const [first] = requests;
  if (first === undefined) throw new TypeError('Cannot run without messages: give at least one');
  if (requests.length === 1) return () => first;
  if (order === 'random') return () => requests[Math.floor(random() * requests.length)] ?? first;
  let position = 0;
  return () => {
    const request = requests[position] ?? first;
    position = position + 1 === requests.length ? 0 : position + 1;
    return request;
  };
}
