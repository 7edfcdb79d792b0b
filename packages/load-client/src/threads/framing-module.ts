import { inspect } from 'node:util';
import type { LoadResult } from '../result/load-result.ts';

/** What a framing module creates to decode the replies of one connection. */
export interface FramingDecoder {
  /**
   * Takes the next bytes and returns the replies that are now whole, in the order of the requests.
   *
   * @throws {Error} when the bytes break the rules of the framing, which counts as `malformedReply`;
   *   a TypeError, ReferenceError or RangeError is a mistake in the module instead and ends the run,
   *   as whatever another of its functions throws
   */
  push(chunk: Buffer): Iterable<Uint8Array>;
  /** Returns the replies that the peer's end of the connection makes whole; without it there are none. */
  end?(): Iterable<Uint8Array>;
  /**
   * Whether the server has announced that it ends this connection behind the last reply that was
   * returned, as `Connection: close` does. The client then closes the connection and opens it anew
   * at once, without an error. @default false
   */
  readonly closing?: boolean;
  /**
   * Whether bytes of a reply are kept that is not whole yet. A connection that ends then counts as
   * `earlyClose`, otherwise as `closedBeforeReply`; with nothing in flight it counts as `surplusBytes` at once. @default false
   */
  readonly partial?: boolean;
}

/** The functions that a framing module of the user exports by name. */
export interface FramingModule {
  /** Returns the bytes to write for a message. */
  readonly encodeRequest: (message: Buffer) => Uint8Array;
  /** Creates a decoder for the replies of one connection. */
  readonly createReplyDecoder: () => FramingDecoder;
  /**
   * Tells whether a reply is right: `true`, `false`, or a sentence that says what is wrong. Without
   * it the decoded reply is compared by the `expectedReply` option.
   */
  readonly verifyReply?: (message: Buffer, reply: Buffer) => boolean | string;
}

/** Reports a framing module that can't be used, or that threw while it was used. */
export class FramingModuleError extends Error {
  static {
    this.prototype.name = 'FramingModuleError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_FRAMING_MODULE';
  /** What was measured until then, when the run was under way. */
  result?: LoadResult;
}

function isFramingModule(module: Partial<Record<string, unknown>>): boolean {
  const { encodeRequest, createReplyDecoder, verifyReply } = module;
  return (
    typeof encodeRequest === 'function' &&
    typeof createReplyDecoder === 'function' &&
    (verifyReply === undefined || typeof verifyReply === 'function')
  );
}

/**
 * Loads a framing module from a file URL.
 *
 * @throws {FramingModuleError} when it can't be loaded or lacks a function
 */
export async function loadFramingModule(url: string): Promise<FramingModule> {
  let module: Partial<Record<string, unknown>>;
  try {
    module = (await import(url)) as Partial<Record<string, unknown>>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FramingModuleError(`Cannot load the framing module '${url}': ${reason}`, {
      cause: error,
    });
  }
  if (!isFramingModule(module)) {
    throw new FramingModuleError(
      `Cannot use '${url}' as a framing module: it must export the functions encodeRequest and ` +
        'createReplyDecoder, and may export verifyReply',
    );
  }
  return module as unknown as FramingModule;
}

/** Errors of the language, which say that a program is wrong, and not its input. */
function isMistake(error: unknown): boolean {
  return (
    error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
  );
}

function requireReplies(replies: Iterable<unknown>): Uint8Array[] {
  return Array.from(replies, (reply) => {
    if (reply instanceof Uint8Array) return reply;
    throw new TypeError(`a reply must be a Buffer or another Uint8Array, got ${inspect(reply)}`);
  });
}

function requireVerdict(verdict: unknown): boolean | string {
  if (typeof verdict === 'boolean' || typeof verdict === 'string') return verdict;
  throw new TypeError(`it must return true, false or a sentence, got ${inspect(verdict)}`);
}

/**
 * Wraps a framing module so that nothing it throws gets lost in the callback of a socket: `fail`
 * hears of the error, with the module's stack, and the call yields something harmless instead.
 */
export function guardFramingModule(
  module: FramingModule,
  url: string,
  fail: (error: FramingModuleError) => void,
): FramingModule {
  const guarded = <T>(name: string, call: () => T, instead: T): T => {
    try {
      return call();
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      fail(
        new FramingModuleError(
          `The function ${name} of the framing module '${url}' threw: ${stack}`,
          {
            cause: error,
          },
        ),
      );
      return instead;
    }
  };
  const { verifyReply } = module;
  return {
    encodeRequest: (message) =>
      guarded('encodeRequest', () => Buffer.from(module.encodeRequest(message)), Buffer.of(0)),
    createReplyDecoder: () => {
      const decoder = guarded('createReplyDecoder', () => module.createReplyDecoder(), {
        push: () => [],
      });
      return {
        push: (chunk) => {
          try {
            return requireReplies(decoder.push(chunk));
          } catch (error) {
            if (!isMistake(error)) throw error;
            return guarded<Uint8Array[]>(
              'push of the decoder',
              () => {
                throw error;
              },
              [],
            );
          }
        },
        end: () => guarded('end of the decoder', () => requireReplies(decoder.end?.() ?? []), []),
        get closing() {
          return decoder.closing === true;
        },
        get partial() {
          return decoder.partial === true;
        },
      };
    },
    ...(verifyReply === undefined
      ? {}
      : {
          verifyReply: (message, reply) =>
            guarded<boolean | string>(
              'verifyReply',
              () => requireVerdict(verifyReply(message, reply)),
              'the framing module threw',
            ),
        }),
  };
}
