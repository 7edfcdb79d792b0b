import type { CAttribute } from './c-type.ts';
import type { CToken } from './c-token.ts';

/** Says why a declaration cannot be read. */
export class UnreadableDeclaration extends Error {
  override readonly name = 'UnreadableDeclaration';
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Walks over tokens. */
export class TokenCursor {
  readonly #tokens: readonly CToken[];
  position = 0;

  constructor(tokens: readonly CToken[]) {
    this.#tokens = tokens;
  }

  peek(ahead = 0): CToken {
    const last = this.#tokens.length - 1;
    return this.#tokens[Math.min(this.position + ahead, last)] as CToken;
  }

  next(): CToken {
    const token = this.peek();
    if (token.kind !== 'end') this.position++;
    return token;
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && token.kind !== 'string' && token.kind !== 'end';
  }

  /** Goes past a token if it is the next one. */
  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.position++;
    return true;
  }

  expect(text: string): CToken {
    if (!this.is(text)) {
      const found = this.peek();
      throw new UnreadableDeclaration(
        `'${text}' is expected where '${found.kind === 'end' ? 'the end' : found.text}' is`,
      );
    }
    return this.next();
  }

  get atEnd(): boolean {
    return this.peek().kind === 'end';
  }

  /** The text between two positions, with one space between tokens. */
  textBetween(from: number, to: number): string {
    return this.#tokens
      .slice(from, to)
      .map(({ text }) => text)
      .join(' ');
  }

  /** Goes past a bracket with all that is in it, and returns that as text. */
  skipBrackets(): string {
    const from = this.position;
    const stack: string[] = [];
    do {
      const token = this.next();
      if (token.kind === 'end') throw new UnreadableDeclaration('a bracket is not closed');
      if (token.kind === 'string') continue;
      const closing = CLOSING[token.text];
      if (closing !== undefined) stack.push(closing);
      else if (token.text === stack.at(-1)) stack.pop();
    } while (stack.length > 0);
    return this.textBetween(from + 1, this.position - 1);
  }

  /** Goes on until one of the texts comes that is in no bracket. */
  skipUntil(...texts: readonly string[]): string {
    const from = this.position;
    while (!this.atEnd && !texts.some((text) => this.is(text))) {
      if (this.peek().kind !== 'string' && CLOSING[this.peek().text] !== undefined) {
        this.skipBrackets();
      } else this.next();
    }
    return this.textBetween(from, this.position);
  }

  /** Reads attributes of any spelling; returns null when there is none. */
  attributes(): CAttribute[] | null {
    if (this.is('__attribute__') || this.is('__attribute')) {
      this.next();
      this.expect('(');
      this.expect('(');
      const list = this.#attributeList(')');
      this.expect(')');
      this.expect(')');
      return list;
    }
    if (this.is('[') && this.is('[', 1)) {
      this.position += 2;
      const list = this.#attributeList(']');
      this.expect(']');
      this.expect(']');
      return list;
    }
    if (this.is('__declspec')) {
      this.next();
      this.skipBrackets();
      return [];
    }
    return null;
  }

  #attributeList(end: string): CAttribute[] {
    const list: CAttribute[] = [];
    while (!this.is(end) && !this.atEnd) {
      if (this.accept(',')) continue;
      let name = this.next().text;
      while (this.is(':')) {
        this.position += this.is(':', 1) ? 2 : 1;
        name = this.next().text;
      }
      const args: string[] = [];
      if (this.is('(')) {
        this.next();
        while (!this.is(')') && !this.atEnd) {
          args.push(this.skipUntil(',', ')').replace(/^__(\w+)__$/, '$1'));
          this.accept(',');
        }
        this.expect(')');
      }
      list.push({ name: name.replace(/^__(\w+)__$/, '$1'), args });
    }
    return list;
  }
}
