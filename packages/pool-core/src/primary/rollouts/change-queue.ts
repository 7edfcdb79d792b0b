/** Runs changes of a pool one after another, in the order in which they were asked for. */
export class ChangeQueue {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Runs a change when those before it have ended, however they ended.
   *
   * @param change the change
   * @returns what the change gives
   */
  run<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(change, change);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
