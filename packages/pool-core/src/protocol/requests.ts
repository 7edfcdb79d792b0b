/**
 * Questions to the other side that wait for their answers, by the id that goes with each. Either
 * side has one for what it asks.
 */
export class Requests<Answer> {
  readonly #waiting = new Map<number, (answer: Answer | undefined) => void>();
  #nextId = 0;

  /**
   * Asks.
   *
   * @param send sends the question with its id
   * @param timeoutMs the longest wait in milliseconds; `Infinity` waits until {@link giveUp}
   * @returns the answer; undefined when none came in time, or will come
   */
  async ask(
    send: (requestId: number) => void,
    timeoutMs: number = Infinity,
  ): Promise<Answer | undefined> {
    const requestId = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    const timer =
      timeoutMs === Infinity ? undefined : setTimeout(() => resolve(undefined), timeoutMs);
    this.#waiting.set(requestId, resolve);
    send(requestId);
    const answer = await promise;
    this.#waiting.delete(requestId);
    clearTimeout(timer);
    return answer;
  }

  /** Takes an answer. One that nobody waits for any more is of no use. */
  answer(requestId: number, answer: Answer): void {
    this.#waiting.get(requestId)?.(answer);
  }

  /** Nobody will answer any more. */
  giveUp(): void {
    for (const resolve of this.#waiting.values()) resolve(undefined);
  }
}
