/** Asks the browser to call before its next frame, as `requestAnimationFrame()` does. */
type AskFrame = (callback: () => void) => unknown;

/**
 * Does work in steps, one in a frame, so that no frame takes long. What is asked for while steps are
 * being done is done after them, once: on a slow machine the last steps have their turn too.
 */
export class FrameSteps {
  readonly #stepsOf: () => readonly (() => void)[];
  readonly #askFrame: AskFrame;
  #steps: (() => void)[] = [];
  #again = false;

  /**
   * @param stepsOf tells what is to be done, each time that it begins
   * @param askFrame asks for a frame; none comes while nobody sees the page
   */
  constructor(stepsOf: () => readonly (() => void)[], askFrame: AskFrame) {
    this.#stepsOf = stepsOf;
    this.#askFrame = askFrame;
  }

  /** Begins with the next frame, or as soon as the steps are done that are under way. */
  run(): void {
    if (this.#steps.length > 0) this.#again = true;
    else this.#begin();
  }

  #begin(): void {
    this.#again = false;
    this.#steps = [...this.#stepsOf()];
    if (this.#steps.length > 0) this.#askFrame(this.#next);
  }

  readonly #next = (): void => {
    this.#steps[0]?.();
    this.#steps.shift();
    if (this.#steps.length > 0) this.#askFrame(this.#next);
    else if (this.#again) this.#begin();
  };
}
