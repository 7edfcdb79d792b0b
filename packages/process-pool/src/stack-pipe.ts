import type { Socket } from 'node:net';

/** Who waits for an answer, in the order of the questions. */
interface Question {
  readonly resolve: (stack: string) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The pipe on which a worker's thread for emergencies is asked for the stack, see
 * `stack-main.ts`. Each question is answered once, in their order, however late.
 */
export class StackPipe {
  readonly #pipe: Socket;
  readonly #questions: Question[] = [];
  #text = '';

  /** @param pipe the primary's end, of which nobody else reads */
  constructor(pipe: Socket) {
    this.#pipe = pipe;
    pipe
      .setEncoding('utf8')
      .on('data', (chunk: string) => this.#receive(chunk))
      .once('close', () => {
        for (const { reject } of this.#questions.splice(0)) reject(new Error(ENDED));
      });
  }

  /**
   * Asks once.
   *
   * @param signal gives it up; the answer to this question is then ignored
   * @throws {Error} when the worker ends first, and the signal's reason
   */
  async ask(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.#pipe.destroyed) throw new Error(ENDED);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#questions.push({ resolve, reject });
    this.#pipe.write('?');
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #receive(chunk: string): void {
    const parts = `${this.#text}${chunk}`.split('\0');
    this.#text = parts.pop() ?? '';
    for (const stack of parts) this.#questions.shift()?.resolve(stack);
  }
}

const ENDED = 'the worker ended before it answered';
