import { closeSync, openSync } from 'node:fs';

/** Descriptors that are left over: too few for a worker, enough for a client. */
const LEFT_OVER = 2;

/** Takes the file descriptors of this process away, and gives them back. */
export class DescriptorHog {
  readonly #taken: number[] = [];
  #hogging = false;

  /** Takes all but a few, and those that others have given up since. Only for a small limit. */
  take(): void {
    this.#hogging = true;
    try {
      for (;;) this.#taken.push(openSync('/dev/null', 'r'));
    } catch {
      // There are no more.
      const leftOver = this.#taken.splice(-LEFT_OVER, LEFT_OVER);
      for (const fd of leftOver) closeSync(fd);
    }
  }

  /** Takes what has been given up, if it takes at all. */
  takeAgain(): void {
    if (this.#hogging) this.take();
  }

  /** Gives all of them back. */
  giveBack(): void {
    this.#hogging = false;
    for (const fd of this.#taken.splice(0)) closeSync(fd);
  }
}
