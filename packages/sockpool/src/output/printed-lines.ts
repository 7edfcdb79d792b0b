/** The longest line that is kept until its end comes, in UTF-16 units. */
const MAX_LINE = 65_536;

/**
 * Makes entries of what a program prints: a call that writes whole lines is one entry, such as a
 * stack; what has no end yet waits for it.
 */
export class PrintedLines {
  readonly #tell: (text: string) => void;
  #rest = '';

  /** @param tell gets each entry, without its last line break */
  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  /** Takes what was printed. */
  print(chunk: string): void {
    const text = this.#rest + chunk;
    const end = text.lastIndexOf('\n');
    const whole = text.slice(0, Math.max(0, end));
    this.#rest = text.slice(end + 1);
    if (end >= 0) this.#tellEach(whole);
    if (this.#rest.length > MAX_LINE) this.flush();
  }

  /** Tells what has no end yet. */
  flush(): void {
    if (this.#rest === '') return;
    this.#tell(this.#rest);
    this.#rest = '';
  }

  /** Lines that go on with the one before, as those of a stack, stay with it. */
  #tellEach(text: string): void {
    let entry: string[] = [];
    for (const line of text.split('\n')) {
      if (entry.length > 0 && !/^\s|^[}\])]/.test(line)) {
        this.#tell(entry.join('\n'));
        entry = [];
      }
      entry.push(line);
    }
    this.#tell(entry.join('\n'));
  }
}
