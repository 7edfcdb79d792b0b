import type { ReadStream } from 'node:tty';
import type { ControlClient } from '@sockpool/control/client';
import { asking } from './target.ts';

/** What is done when the question is answered by y. */
interface Question {
  readonly text: string;
  readonly answer: () => Promise<string>;
}

/** The keys of `sockpool top`: what changes the pool asks before. */
export class Keys {
  /** Whether q or Ctrl-C was pressed. */
  ended = false;
  readonly #input: ReadStream;
  readonly #pool: ControlClient;
  #question: Question | undefined;
  #said = '';
  #wake: (() => void) | undefined;

  /**
   * @param input the terminal
   * @param pool the pool that keys steer
   */
  constructor(input: ReadStream, pool: ControlClient) {
    this.#input = input;
    this.#pool = pool;
    input.setRawMode(true).resume().setEncoding('utf8').on('data', this.#press);
  }

  /** What stands below the view. */
  get hint(): string {
    if (this.#question !== undefined) return `${this.#question.text} y/n`;
    return `${this.#said === '' ? '' : `${this.#said}\n`}r restart, + one worker more, - one less, q end`;
  }

  /** Waits, until a key is pressed at the latest. */
  wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }

  /** Gives the terminal back. */
  close(): void {
    this.#input.off('data', this.#press).setRawMode(false).pause();
  }

  readonly #press = (key: string): void => {
    if (key === 'q' || key === '\u0003') this.ended = true;
    else if (this.#question !== undefined) this.#reply(key, this.#question);
    else this.#ask(key);
    this.#wake?.();
  };

  #ask(key: string): void {
    if (key === 'r') {
      this.#question = {
        text: 'Restart every worker?',
        answer: async () => `Generation ${(await this.#pool.restart()).generation} serves`,
      };
    }
    const change = key === '+' ? 1 : key === '-' ? -1 : 0;
    if (change === 0) return;
    this.#question = {
      text: change > 0 ? 'One worker more?' : 'One worker less?',
      answer: async () => {
        const { workerCount } = await this.#pool.status();
        return `${(await this.#pool.resize(workerCount + change)).workers} workers`;
      },
    };
  }

  #reply(key: string, question: Question): void {
    this.#question = undefined;
    if (key !== 'y') return;
    this.#said = 'Under way';
    asking(question.answer).then(
      (text) => {
        this.#said = text;
        this.#wake?.();
      },
      (error: Error) => {
        this.#said = error.message;
        this.#wake?.();
      },
    );
  }
}
