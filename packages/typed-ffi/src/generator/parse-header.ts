import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/cpp';

import type { CEnum, CFunction, CHeader, CStruct, CType, CVariable } from './c-type.ts';
import { constantValue } from './constant-value.ts';
import type { PreprocessedSource } from './preprocess.ts';

const DECLARATORS = new Set([
  'AbstractArrayDeclarator',
  'AbstractFunctionDeclarator',
  'AbstractParenthesizedDeclarator',
  'AbstractPointerDeclarator',
  'ArrayDeclarator',
  'FieldIdentifier',
  'FunctionDeclarator',
  'Identifier',
  'InitDeclarator',
  'ParenthesizedDeclarator',
  'PointerDeclarator',
]);

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

/** Parses a preprocessed header with the C++ grammar of Lezer, whose common part C is. */
export function parseHeader(source: PreprocessedSource): CHeader {
  return new HeaderParser(source).parse();
}

class HeaderParser {
  readonly #source: PreprocessedSource;
  readonly #functions = new Map<string, CFunction>();
  readonly #structs = new Map<string, CStruct>();
  readonly #typedefs = new Map<string, CType>();
  readonly #enums: CEnum[] = [];
  readonly #constants = new Map<string, number>();
  #anonymous = 0;

  constructor(source: PreprocessedSource) {
    this.#source = source;
  }

  parse(): CHeader {
    const program = parser.parse(this.#source.text).topNode;
    for (const node of childrenOf(program)) this.#topLevel(node);
    return {
      functions: [...this.#functions.values()],
      structs: this.#structs,
      typedefs: this.#typedefs,
      enums: this.#enums,
    };
  }

  #text(node: SyntaxNode): string {
    return this.#source.text.slice(node.from, node.to);
  }

  #topLevel(node: SyntaxNode): void {
    switch (node.name) {
      case 'Declaration':
        this.#declaration(node);
        break;
      case 'TypeDefinition':
        this.#typeDefinition(node);
        break;
      case 'StructSpecifier':
      case 'UnionSpecifier':
      case 'EnumSpecifier':
        this.#specifier(node);
        break;
      case 'LinkageSpecification':
      case 'DeclarationList':
        for (const child of childrenOf(node)) this.#topLevel(child);
        break;
      default:
    }
  }

  #declaration(node: SyntaxNode): void {
    const children = childrenOf(node);
    if (children.some(({ name }) => name === 'static')) return;
    const base = this.#base(children);
    for (const child of children) {
      if (!DECLARATORS.has(child.name)) continue;
      const { name, type } = this.#declarator(child, base);
      if (type.kind === 'function' && name !== '') {
        this.#functions.set(name, { name, type, file: this.#source.fileAt(node.from) });
      }
    }
  }

  #typeDefinition(node: SyntaxNode): void {
    const children = childrenOf(node);
    const first = children.findIndex(({ name }) => name === 'typedef') + 1;
    const parts = children.slice(first).filter(({ name }) => name !== ';');
    // The name that is declared is the last type identifier, unless a declarator holds it.
    const declarators = parts.filter(({ name }) => DECLARATORS.has(name) && name !== 'Identifier');
    const last = parts.at(-1);
    if (declarators.length === 0 && last !== undefined) {
      const type = this.#base(parts.slice(0, -1));
      this.#typedefs.set(this.#text(last), this.#named(type, this.#text(last)));
      return;
    }
    const base = this.#base(parts.filter((part) => !declarators.includes(part)));
    for (const declarator of declarators) {
      const { name, type } = this.#declarator(declarator, base);
      this.#typedefs.set(name, type);
    }
  }

  /** Gives a struct without a tag the name of its typedef. */
  #named(type: CType, name: string): CType {
    if (type.kind !== 'struct' || !/^anonymous_\d+$/.test(type.tag)) return type;
    const declared = this.#structs.get(type.tag);
    if (declared === undefined || this.#structs.has(name)) return type;
    this.#structs.delete(type.tag);
    this.#structs.set(name, { ...declared, tag: name, cName: name });
    return { ...type, tag: name };
  }

  /** Reads the type before the declarators: `const unsigned long`, `struct x`, … */
  #base(children: readonly SyntaxNode[]): CType {
    const isConst = children.some(({ name }) => name === 'const');
    const words: string[] = [];
    for (const child of children) {
      switch (child.name) {
        case 'StructSpecifier':
        case 'UnionSpecifier':
        case 'EnumSpecifier':
          return this.#specifier(child, isConst);
        case 'PrimitiveType':
        case 'SizedTypeSpecifier':
          words.push(this.#text(child).replace(/\s+/g, ' '));
          break;
        case 'TypeIdentifier':
          if (words.length === 0) return { kind: 'named', name: this.#text(child), isConst };
          break;
        default:
      }
    }
    const name = words.join(' ');
    return name === ''
      ? { kind: 'unknown', text: 'an unknown type' }
      : { kind: 'base', name, isConst };
  }

  #specifier(node: SyntaxNode, isConst = false): CType {
    const children = childrenOf(node);
    const named = children.find(({ name }) => name === 'TypeIdentifier');
    const tag = named === undefined ? `anonymous_${++this.#anonymous}` : this.#text(named);
    if (node.name === 'EnumSpecifier') {
      const list = children.find(({ name }) => name === 'EnumeratorList');
      if (list !== undefined) this.#enumerators(named === undefined ? '' : tag, list);
      return { kind: 'enum', tag, isConst };
    }
    const list = children.find(({ name }) => name === 'FieldDeclarationList');
    const union = node.name === 'UnionSpecifier';
    const cName = `${union ? 'union' : 'struct'} ${tag}`;
    if (list !== undefined) {
      this.#structs.set(
        tag,
        union ? { tag, cName, fields: null, problem: 'it is a union' } : this.#struct(tag, list),
      );
    } else if (!this.#structs.has(tag)) {
      this.#structs.set(tag, { tag, cName, fields: null, problem: 'its fields are not declared' });
    }
    return { kind: 'struct', tag, isConst };
  }

  #struct(tag: string, list: SyntaxNode): CStruct {
    const cName = `struct ${tag}`;
    const fields: CVariable[] = [];
    for (const node of childrenOf(list)) {
      if (node.name === '{' || node.name === '}') continue;
      if (node.name !== 'FieldDeclaration') {
        return {
          tag,
          cName,
          fields: null,
          problem: `it contains '${this.#text(node).slice(0, 40)}'`,
        };
      }
      const children = childrenOf(node);
      if (children.some(({ name }) => name === 'BitfieldClause')) {
        return { tag, cName, fields: null, problem: 'it has bit fields' };
      }
      const base = this.#base(children);
      const declarators = children.filter(({ name }) => DECLARATORS.has(name));
      if (declarators.length === 0) {
        return { tag, cName, fields: null, problem: 'it has a field without a name' };
      }
      for (const declarator of declarators) fields.push(this.#declarator(declarator, base));
    }
    return { tag, cName, fields, problem: '' };
  }

  #enumerators(tag: string, list: SyntaxNode): void {
    let next = 0;
    const values: { name: string; value: number }[] = [];
    for (const node of childrenOf(list)) {
      if (node.name !== 'Enumerator') continue;
      const [name, expression] = this.#text(node).split('=', 2);
      const value = expression === undefined ? next : constantValue(expression, this.#constants);
      if (name === undefined || value === null) continue;
      this.#constants.set(name.trim(), value);
      values.push({ name: name.trim(), value });
      next = value + 1;
    }
    this.#enums.push({ tag, file: this.#source.fileAt(list.from), values });
  }

  /** Applies a declarator to a type, from the outside in. */
  #declarator(node: SyntaxNode, base: CType): CVariable {
    const children = childrenOf(node);
    const inner = children.find(({ name }) => DECLARATORS.has(name) || name === 'TypeIdentifier');
    const into = (type: CType): CVariable =>
      inner === undefined ? { name: '', type } : this.#declarator(inner, type);
    switch (node.name) {
      case 'PointerDeclarator':
      case 'AbstractPointerDeclarator':
        return into({
          kind: 'pointer',
          to: base,
          isConst: children.some(({ name }) => name === 'const'),
        });
      case 'ArrayDeclarator':
      case 'AbstractArrayDeclarator': {
        const size = /\[([^\]]*)\]$/.exec(this.#text(node))?.[1]?.trim() ?? '';
        const length = size === '' ? null : constantValue(size, this.#constants);
        // The size is an expression, which may look like a declarator: take what is before it.
        const declarator =
          inner !== undefined && this.#text(node).startsWith(this.#text(inner)) ? inner : undefined;
        const type: CType = { kind: 'array', of: base, length };
        return declarator === undefined ? { name: '', type } : this.#declarator(declarator, type);
      }
      case 'FunctionDeclarator':
      case 'AbstractFunctionDeclarator': {
        const list = children.find(({ name }) => name === 'ParameterList');
        return into(this.#functionType(list, base));
      }
      case 'ParenthesizedDeclarator':
      case 'AbstractParenthesizedDeclarator':
      case 'InitDeclarator':
        return into(base);
      default:
        return { name: this.#text(node), type: base };
    }
  }

  #functionType(list: SyntaxNode | undefined, result: CType): CType {
    const parameters: CVariable[] = [];
    const isVariadic = list !== undefined && this.#text(list).includes('...');
    for (const node of list === undefined ? [] : childrenOf(list)) {
      if (node.name !== 'ParameterDeclaration') continue;
      const children = childrenOf(node);
      const base = this.#base(children);
      const declarator = children.findLast(({ name }) => DECLARATORS.has(name));
      parameters.push(
        declarator === undefined ? { name: '', type: base } : this.#declarator(declarator, base),
      );
    }
    const [only] = parameters;
    const none = parameters.length === 1 && only?.type.kind === 'base' && only.type.name === 'void';
    return { kind: 'function', parameters: none ? [] : parameters, result, isVariadic };
  }
}
