import type { CAttribute, CDeclaration, CHeader, CProblem, CType } from './c-type.ts';
import type { CSource } from './c-token.ts';
import { docAfter, docBefore } from './doc-comment.ts';
import { TypeParser, type Specifiers } from './parse-type.ts';
import { TokenCursor, UnreadableDeclaration } from './token-cursor.ts';

/** How a header is read. */
export interface ParseOptions {
  /** `f()` takes no arguments, as in C23; before, it says nothing of them. @default false */
  readonly emptyMeansVoid?: boolean | undefined;
}

/**
 * Reads the declarations of a preprocessed header. What it cannot read is among the
 * problems, and the rest is read all the same.
 */
export function parseHeader(source: CSource, options: ParseOptions = {}): CHeader {
  return new HeaderParser(source, options).parse();
}

class HeaderParser {
  readonly #source: CSource;
  readonly #cursor: TokenCursor;
  readonly #types: TypeParser;
  readonly #functions = new Map<string, CDeclaration>();
  readonly #variables = new Map<string, CDeclaration>();
  readonly #problems: CProblem[] = [];

  constructor(source: CSource, options: ParseOptions) {
    this.#source = source;
    this.#cursor = new TokenCursor(source.tokens);
    this.#types = new TypeParser(this.#cursor, options.emptyMeansVoid === true);
    for (const name of ['__builtin_va_list', '__builtin_ms_va_list']) {
      this.#types.typedefs.set(name, { kind: 'scalar', name, isConst: false });
    }
  }

  parse(): CHeader {
    while (!this.#cursor.atEnd) {
      const start = this.#cursor.position;
      try {
        this.#external();
      } catch (error) {
        if (!(error instanceof UnreadableDeclaration)) throw error;
        this.#skipProblem(start, error.message);
      }
    }
    this.#nameNested();
    return {
      functions: this.#functions,
      variables: this.#variables,
      records: this.#types.records,
      enums: this.#types.enums,
      typedefs: this.#types.typedefs,
      macros: this.#source.macros,
      problems: this.#problems,
    };
  }

  /** Goes past a declaration that cannot be read, to where the next one begins. */
  #skipProblem(start: number, reason: string): void {
    const cursor = this.#cursor;
    cursor.position = start;
    const { file, line } = cursor.peek();
    try {
      while (!cursor.atEnd) {
        const stop = cursor.skipUntil(';', '{');
        if (cursor.accept(';') || cursor.atEnd || stop === '}') break;
        const isBody = cursor.is(')', -1);
        cursor.skipBrackets();
        if (isBody) break;
      }
    } catch (error) {
      if (!(error instanceof UnreadableDeclaration)) throw error;
    }
    if (cursor.position === start) cursor.next();
    const text = cursor.textBetween(start, cursor.position);
    this.#problems.push({ file, line, text, reason });
  }

  #external(): void {
    const cursor = this.#cursor;
    if (cursor.accept(';')) return;
    if (cursor.is('_Static_assert') || cursor.is('static_assert')) {
      cursor.next();
      cursor.skipBrackets();
      cursor.accept(';');
      return;
    }
    if (/^(asm|__asm__|__asm)$/.test(cursor.peek().text)) {
      cursor.skipUntil('(');
      cursor.skipBrackets();
      cursor.accept(';');
      return;
    }
    if (cursor.is('extern') && cursor.peek(1).kind === 'string') {
      cursor.position += 2;
      if (cursor.accept('{')) {
        while (!cursor.accept('}') && !cursor.atEnd) this.#external();
        return;
      }
    }
    this.#declaration();
  }

  #declaration(): void {
    const cursor = this.#cursor;
    const first = cursor.peek();
    const before = docBefore(first);
    const specifiers = this.#types.specifiers();
    this.#documentRecord(specifiers.type, before);
    if (cursor.accept(';')) return;
    const declared: CDeclaration[] = [];
    for (;;) {
      const attributes: CAttribute[] = [...specifiers.attributes];
      const { name, type } = this.#types.declarator(specifiers.type, attributes);
      const symbol = this.#label(attributes);
      const body = cursor.is('{');
      if (cursor.accept('=')) cursor.skipUntil(',', ';');
      if (name === '') throw new UnreadableDeclaration('a name is missing');
      if (specifiers.storage.has('typedef')) {
        this.#typedef(name, type, attributes);
      } else {
        declared.push({
          name,
          type,
          files: [first.file],
          symbol: symbol === '' ? name : symbol,
          isLocal: specifiers.storage.has('static') || body,
          isThreadLocal: specifiers.storage.has('thread'),
          attributes,
          doc: before,
        });
      }
      if (body) {
        cursor.skipBrackets();
        break;
      }
      if (cursor.accept(',')) continue;
      const end = cursor.expect(';');
      const after = docAfter(end, cursor.peek());
      if (after !== '') for (const one of declared) one.doc = after;
      break;
    }
    for (const one of declared) this.#keep(one, specifiers);
  }

  /** A comment before `typedef struct {` or `struct x {` is the struct's. */
  #documentRecord(type: CType, doc: string): void {
    const record = type.kind === 'record' ? this.#types.records.get(type.key) : undefined;
    if (record !== undefined && record.fields !== null && record.doc === '') record.doc = doc;
  }

  /** Reads asm labels and attributes after a declarator. */
  #label(attributes: CAttribute[]): string {
    const cursor = this.#cursor;
    let label = '';
    for (;;) {
      if (/^(asm|__asm__|__asm)$/.test(cursor.peek().text)) {
        cursor.next();
        label = cursor
          .skipBrackets()
          .split(' ')
          .map((part) => part.replaceAll('"', ''))
          .join('');
        // macOS writes symbols with an underscore that dlsym() adds by itself.
        if (process.platform === 'darwin') label = label.replace(/^_/, '');
        continue;
      }
      const found = cursor.attributes();
      if (found === null) return label;
      attributes.push(...found);
    }
  }

  #typedef(name: string, type: CType, attributes: readonly CAttribute[]): void {
    const special = attributes.find(({ name: one }) => /^(vector_size|mode)$/.test(one));
    this.#types.typedefs.set(
      name,
      special === undefined ? type : { kind: 'unknown', text: `'${name}', a ${special.name} type` },
    );
    if (type.kind === 'pointer') {
      this.#types.nameAfter(type.to, `__typeof__(*(${name})0)`, null);
    } else this.#types.nameAfter(type, name, name);
  }

  #keep(declared: CDeclaration, specifiers: Specifiers): void {
    const { name, type } = declared;
    const resolved = this.#resolve(type);
    if (resolved.kind !== 'function') {
      this.#types.nameAfter(specifiers.type, `__typeof__(${name})`, null);
      const known = this.#variables.get(name);
      const files = [...(known?.files ?? []), ...declared.files];
      this.#variables.set(name, { ...(known ?? declared), files });
      return;
    }
    const known = this.#functions.get(name);
    if (known === undefined) {
      this.#functions.set(name, { ...declared, type: resolved });
      return;
    }
    // Declared again: what says more counts.
    const better = namesIn(resolved) > namesIn(known.type) ? resolved : known.type;
    this.#functions.set(name, {
      ...known,
      type: better,
      files: [...known.files, ...declared.files],
      symbol: known.symbol === name ? declared.symbol : known.symbol,
      isLocal: known.isLocal || declared.isLocal,
      attributes: [...known.attributes, ...declared.attributes],
      doc: known.doc === '' ? declared.doc : known.doc,
    });
  }

  #resolve(type: CType): CType {
    if (type.kind !== 'named') return type;
    const target = this.#types.typedefs.get(type.name);
    return target === undefined ? type : this.#resolve(target);
  }

  /** Gives records without a name that are members of others a way to be reached. */
  #nameNested(): void {
    for (const record of this.#types.records.values()) {
      for (const { name, type } of record.fields ?? []) {
        if (name === '' || record.cName === null) continue;
        let inner = type;
        let path = name;
        while (inner.kind === 'array') {
          inner = inner.of;
          path += '[0]';
        }
        const expression = `__typeof__(((${record.cName} *)0)->${path})`;
        this.#types.nameAfter(inner, expression, null);
      }
    }
  }
}

/** Returns how many parameters of a function have names. */
function namesIn(type: CType): number {
  return type.kind === 'function' ? type.parameters.filter(({ name }) => name !== '').length : 0;
}
