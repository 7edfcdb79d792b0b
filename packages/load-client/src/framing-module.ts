/** What a framing module creates to decode the replies of one connection. */
export interface FramingDecoder {
  /**
   * Takes the next bytes and returns the replies that are now whole, in the order of the requests.
   *
   * @throws {Error} when the bytes break the rules of the framing, which counts as `malformedReply`.
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
   * `earlyClose`, otherwise as `closedBeforeReply`. Only needed for pipelined requests. @default false
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

/** Reports a framing module that can't be used. */
export class FramingModuleError extends Error {
  static {
    this.prototype.name = 'FramingModuleError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_FRAMING_MODULE';
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
 * @throws {FramingModuleError} when it can't be loaded or lacks a function.
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
