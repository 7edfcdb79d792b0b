import {
  asConst,
  type CAttribute,
  type CEnum,
  type CField,
  type CHeader,
  type CParameter,
  type CRecord,
  type CType,
} from './c-type.ts';
import { docAfter, docBefore } from './doc-comment.ts';
import { scalarName, scalarWord } from './scalar-name.ts';
import { UnreadableDeclaration, type TokenCursor } from './token-cursor.ts';

/** What stands before the declarators: the type, and how what they name is stored. */
export interface Specifiers {
  readonly type: CType;
  readonly storage: ReadonlySet<string>;
  readonly attributes: readonly CAttribute[];
}

/** A name with its type. */
export interface Declarator {
  readonly name: string;
  readonly type: CType;
}

const STORAGE: Readonly<Record<string, string>> = {
  typedef: 'typedef',
  extern: 'extern',
  static: 'static',
  inline: 'inline',
  __inline: 'inline',
  __inline__: 'inline',
  register: 'register',
  auto: 'auto',
  _Thread_local: 'thread',
  thread_local: 'thread',
  __thread: 'thread',
  constexpr: 'static',
};

const QUALIFIERS =
  /^(const|__const|__const__|volatile|__volatile|__volatile__|restrict|__restrict|__restrict__|_Noreturn|noreturn|__extension__|_Nullable|_Nonnull|_Null_unspecified|__cdecl|__stdcall)$/;

/** Types that are declared. */
export type KnownTypes = Pick<CHeader, 'enums' | 'records' | 'typedefs'>;

type Wrap = (base: CType) => CType;

const unchanged: Wrap = (type) => type;

/** Reads types and declarators, and keeps the records and enums that it meets. */
export class TypeParser {
  readonly cursor: TokenCursor;
  readonly typedefs: Map<string, CType>;
  readonly records: Map<string, CRecord>;
  readonly enums: Map<string, CEnum>;
  readonly #emptyMeansVoid: boolean;
  #anonymous = 0;

  /** @param known what is declared already */
  constructor(cursor: TokenCursor, emptyMeansVoid: boolean, known?: KnownTypes) {
    this.cursor = cursor;
    this.typedefs = new Map(known?.typedefs);
    this.records = new Map(known?.records);
    this.enums = new Map(known?.enums);
    this.#emptyMeansVoid = emptyMeansVoid;
  }

  /** Tells whether a type begins at the next token. */
  startsType(ahead = 0): boolean {
    const { kind, text } = this.cursor.peek(ahead);
    if (kind !== 'name') return false;
    return (
      QUALIFIERS.test(text) ||
      text in STORAGE ||
      scalarWord(text) !== null ||
      /^(struct|union|enum|_Atomic|_Alignas|__attribute__|__attribute|__typeof__|__typeof|typeof|typeof_unqual|__auto_type)$/.test(
        text,
      ) ||
      this.typedefs.has(text)
    );
  }

  specifiers(): Specifiers {
    const { cursor } = this;
    const storage = new Set<string>();
    const attributes: CAttribute[] = [];
    const words: string[] = [];
    let type: CType | null = null;
    let constant = false;
    for (;;) {
      const found = cursor.attributes();
      if (found !== null) {
        attributes.push(...found);
        continue;
      }
      const { kind, text } = cursor.peek();
      if (kind !== 'name') break;
      if (QUALIFIERS.test(text)) {
        cursor.next();
        constant ||= /^_*const_*$/.test(text);
      } else if (Object.hasOwn(STORAGE, text)) {
        storage.add(STORAGE[text] ?? text);
        cursor.next();
      } else if (text === '_Alignas') {
        cursor.next();
        cursor.skipBrackets();
      } else if (text === '_Atomic') {
        cursor.next();
        if (cursor.is('(')) type = this.#parenthesizedType();
      } else if (type === null && scalarWord(text) !== null) {
        words.push(scalarWord(text) ?? text);
        cursor.next();
      } else if (type !== null || words.length > 0) {
        break;
      } else if (text === 'struct' || text === 'union') {
        type = this.#record(attributes);
      } else if (text === 'enum') {
        type = this.#enum();
      } else if (/^(__typeof__|__typeof|typeof|typeof_unqual)$/.test(text)) {
        cursor.next();
        type = this.#parenthesizedType();
      } else if (this.typedefs.has(text)) {
        cursor.next();
        type = { kind: 'named', name: text, isConst: false };
      } else break;
    }
    if (words.length > 0) type = { kind: 'scalar', name: scalarName(words), isConst: false };
    if (type === null) {
      const { text, kind } = cursor.peek();
      if (storage.size > 0 && kind === 'name' && !cursor.is('(', 1)) {
        throw new UnreadableDeclaration(`'${text}' is no type that is declared`);
      }
      throw new UnreadableDeclaration(
        kind === 'end' ? 'it ends too early' : `'${text}' is no type that is declared`,
      );
    }
    if (attributes.some(({ name }) => name === 'vector_size')) {
      type = { kind: 'unknown', text: 'a vector of the processor' };
    }
    if (attributes.some(({ name }) => name === 'mode')) {
      type = { kind: 'unknown', text: 'a number of a mode of the compiler' };
    }
    return { type: constant ? asConst(type) : type, storage, attributes };
  }

  /** `(type)` or `(expression)`; what an expression has is only the compiler's to know. */
  #parenthesizedType(): CType {
    const { cursor } = this;
    if (!this.startsType(1)) {
      return { kind: 'unknown', text: `the type of '${cursor.skipBrackets()}'` };
    }
    cursor.expect('(');
    const { type } = this.declarator(this.specifiers().type);
    cursor.expect(')');
    return type;
  }

  /** Reads a declarator, with or without a name, and applies it to a type. */
  declarator(base: CType, attributes: CAttribute[] = []): Declarator {
    const { name, wrap } = this.#declarator(attributes);
    return { name, type: wrap(base) };
  }

  #declarator(attributes: CAttribute[]): { name: string; wrap: Wrap } {
    const { cursor } = this;
    this.#skipAttributes(attributes);
    if (cursor.accept('*') || cursor.accept('^')) {
      let constant = false;
      for (;;) {
        if (this.#skipAttributes(attributes)) continue;
        const { text } = cursor.peek();
        if (!QUALIFIERS.test(text) && text !== '_Atomic') break;
        constant ||= /^_*const_*$/.test(text);
        cursor.next();
      }
      const { name, wrap } = this.#declarator(attributes);
      return { name, wrap: (base) => wrap({ kind: 'pointer', to: base, isConst: constant }) };
    }
    let name = '';
    let inner: Wrap = unchanged;
    if (cursor.peek().kind === 'name' && !cursor.is('__asm__') && !cursor.is('asm')) {
      name = cursor.next().text;
    } else if (cursor.is('(') && !this.startsType(1) && !cursor.is(')', 1)) {
      cursor.next();
      ({ name, wrap: inner } = this.#declarator(attributes));
      cursor.expect(')');
    } else if (cursor.is('(') && (cursor.is('__attribute__', 1) || cursor.is('__attribute', 1))) {
      cursor.next();
      ({ name, wrap: inner } = this.#declarator(attributes));
      cursor.expect(')');
    }
    const suffixes: Wrap[] = [];
    for (;;) {
      if (cursor.is('[') && !cursor.is('[', 1)) {
        const bound = this.#bound();
        suffixes.push((of) => ({ kind: 'array', of, bound }));
      } else if (cursor.is('(')) {
        const rest = this.parameters();
        suffixes.push((result) => ({ kind: 'function', result, ...rest }));
      } else if (!this.#skipAttributes(attributes)) break;
    }
    return {
      name,
      wrap: (base) => inner(suffixes.reduceRight((type, suffix) => suffix(type), base)),
    };
  }

  #skipAttributes(attributes: CAttribute[]): boolean {
    const found = this.cursor.attributes();
    if (found === null) return false;
    attributes.push(...found);
    return true;
  }

  /** `[static const 3]` is 3: qualifiers say nothing of the length. */
  #bound(): string {
    const { cursor } = this;
    const text = cursor.skipBrackets();
    const words = text.split(' ');
    while (words[0] !== undefined && (QUALIFIERS.test(words[0]) || words[0] === 'static')) {
      words.shift();
    }
    const bound = words.join(' ');
    return bound === '*' ? '' : bound;
  }

  /** Reads the parameters of a function, with their brackets. */
  parameters(): { parameters: CParameter[]; isVariadic: boolean; hasPrototype: boolean } {
    const { cursor } = this;
    cursor.expect('(');
    if (cursor.accept(')')) {
      return { parameters: [], isVariadic: false, hasPrototype: this.#emptyMeansVoid };
    }
    const parameters: CParameter[] = [];
    let isVariadic = false;
    let before: string[] = cursor.peek().comments.map(({ text }) => text);
    for (;;) {
      if (cursor.accept('...')) {
        isVariadic = true;
        cursor.expect(')');
        break;
      }
      const attributes: CAttribute[] = [];
      const { type: base } = this.specifiers();
      const { name, type } = this.declarator(base, attributes);
      while (this.#skipAttributes(attributes));
      const end = cursor.next();
      const after = end.comments.map(({ text }) => text);
      const following = cursor.peek().comments;
      const sameLine = end.text === ',' ? following.filter((c) => c.startLine === end.line) : [];
      const comments = [...before, ...after, ...sameLine.map(({ text }) => text)];
      parameters.push({ name, type, comments });
      if (end.text === ')') break;
      if (end.text !== ',') {
        throw new UnreadableDeclaration(`'${end.text}' is not expected among parameters`);
      }
      before = following.filter((comment) => !sameLine.includes(comment)).map(({ text }) => text);
    }
    const [only] = parameters;
    const none =
      parameters.length === 1 &&
      only?.name === '' &&
      only.type.kind === 'scalar' &&
      only.type.name === 'void';
    return { parameters: none ? [] : parameters, isVariadic, hasPrototype: true };
  }

  #record(outer: CAttribute[]): CType {
    const { cursor } = this;
    const { text: word, file } = cursor.next();
    const isUnion = word === 'union';
    const doc = docBefore(cursor.peek(-1));
    const attributes: CAttribute[] = [];
    while (this.#skipAttributes(attributes));
    const tag = cursor.peek().kind === 'name' && !cursor.is('{') ? cursor.next().text : '';
    while (this.#skipAttributes(attributes));
    const key = tag === '' ? `anonymous ${++this.#anonymous}` : tag;
    let record = this.records.get(key);
    if (record === undefined) {
      const cName = tag === '' ? null : `${isUnion ? 'union' : 'struct'} ${tag}`;
      record = {
        key,
        isUnion,
        hasTag: tag !== '',
        file,
        fields: null,
        cName,
        typedefName: null,
        doc: '',
      };
      this.records.set(key, record);
    }
    if (cursor.is('{')) {
      if (doc !== '') record.doc = doc;
      record.file = file;
      record.fields = this.#fields();
      while (this.#skipAttributes(outer));
    }
    return { kind: 'record', key, isConst: false };
  }

  #fields(): CField[] {
    const { cursor } = this;
    const fields: CField[] = [];
    cursor.expect('{');
    while (!cursor.accept('}')) {
      if (cursor.atEnd) throw new UnreadableDeclaration("a '{' is not closed");
      if (cursor.accept(';')) continue;
      if (cursor.is('_Static_assert') || cursor.is('static_assert')) {
        cursor.next();
        cursor.skipBrackets();
        continue;
      }
      const doc = docBefore(cursor.peek());
      const { type: base } = this.specifiers();
      if (cursor.is(';')) {
        // An anonymous member: its own members count as the outer's.
        if (base.kind === 'record') fields.push({ name: '', type: base, bits: '', doc: '' });
        continue;
      }
      for (;;) {
        const declared = cursor.is(':') ? { name: '', type: base } : this.declarator(base);
        const bits = cursor.accept(':') ? cursor.skipUntil(',', ';', '__attribute__') : '';
        while (this.#skipAttributes([]));
        const end = cursor.peek();
        if (!cursor.accept(',')) cursor.expect(';');
        const after = docAfter(end, cursor.peek());
        fields.push({ ...declared, bits, doc: after === '' ? doc : after });
        if (end.text === ';') break;
      }
    }
    return fields;
  }

  #enum(): CType {
    const { cursor } = this;
    const { file } = cursor.next();
    while (this.#skipAttributes([]));
    const tag = cursor.peek().kind === 'name' ? cursor.next().text : '';
    while (this.#skipAttributes([]));
    const key = tag === '' ? `anonymous ${++this.#anonymous}` : tag;
    let declared = this.enums.get(key);
    if (declared === undefined) {
      const cName = tag === '' ? null : `enum ${tag}`;
      declared = { key, hasTag: tag !== '', cName, file, enumerators: [] };
      this.enums.set(key, declared);
    }
    // C23: enum name : type
    if (cursor.accept(':')) this.specifiers();
    if (cursor.accept('{')) {
      declared.file = file;
      while (!cursor.accept('}')) {
        if (cursor.atEnd) throw new UnreadableDeclaration("a '{' is not closed");
        const doc = docBefore(cursor.peek());
        const name = cursor.next().text;
        while (this.#skipAttributes([]));
        if (cursor.accept('=')) cursor.skipUntil(',', '}');
        const end = cursor.peek();
        cursor.accept(',');
        const after = docAfter(end, cursor.peek());
        declared.enumerators.push({ name, doc: after === '' ? doc : after });
      }
    }
    return { kind: 'enum', key, isConst: false };
  }

  /** Lets what has no name of its own be reached by a typedef or a variable. */
  nameAfter(type: CType, expression: string, typedefName: string | null): void {
    const declared =
      type.kind === 'record'
        ? this.records.get(type.key)
        : type.kind === 'enum'
          ? this.enums.get(type.key)
          : undefined;
    if (declared === undefined) return;
    declared.cName ??= expression;
    if (!('typedefName' in declared) || typedefName === null) return;
    // Of several typedefs the one for everybody: glibc has __FILE beside FILE.
    if (declared.typedefName === null || declared.typedefName.startsWith('_')) {
      declared.typedefName = typedefName;
    }
  }
}
