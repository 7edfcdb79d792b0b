// What clang says that a header declares: an oracle that is not ours for the generator.
import { execFileSync } from 'node:child_process';

import type { CHeader, CType } from '../src/generator/header/c-type.ts';
import { compilerCommand, inclusionOf, type CompilerOptions } from '../src/compiler/compiler.ts';
import { scalarName, scalarWord } from '../src/generator/header/scalar-name.ts';

/** A header as clang reads it. */
export interface OracleHeader {
  /** Functions with their parameters in a plain form: `(ptr, unsigned long)`. */
  readonly functions: ReadonlyMap<string, string>;
  readonly variables: ReadonlySet<string>;
  /** Complete structs and unions, by tag or by the name of a typedef. */
  readonly records: ReadonlySet<string>;
  readonly enumerators: ReadonlyMap<string, bigint>;
  /** Macros without arguments that are not empty. */
  readonly macros: ReadonlySet<string>;
}

interface Location {
  readonly file?: string;
  readonly spellingLoc?: Location;
  readonly expansionLoc?: Location;
}

interface AstNode {
  readonly kind?: string;
  readonly name?: string;
  readonly loc?: Location;
  readonly range?: { readonly begin: Location; readonly end: Location };
  readonly isImplicit?: boolean;
  readonly storageClass?: string;
  readonly variadic?: boolean;
  readonly completeDefinition?: boolean;
  readonly value?: string;
  readonly type?: { readonly qualType: string; readonly desugaredQualType?: string };
  readonly ownedTagDecl?: { readonly name?: string };
  readonly inner?: readonly AstNode[];
}

/** Tells whether clang can be run. */
export function hasClang(): boolean {
  try {
    execFileSync('clang', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function clang(args: readonly string[], header: string, options: CompilerOptions): string {
  const { flags } = compilerCommand({ ...options, compiler: 'clang' });
  return execFileSync('clang', [...flags, ...args, '-x', 'c', '-'], {
    input: inclusionOf(header, options),
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

/** Asks clang what the files of a header declare. */
export function askClang(
  header: string,
  options: CompilerOptions,
  takes: (file: string) => boolean,
): OracleHeader {
  const ast = clang(['-fsyntax-only', '-Xclang', '-ast-dump=json'], header, options);
  const unit = JSON.parse(ast) as AstNode;
  const functions = new Map<string, string>();
  const variables = new Set<string>();
  const records = new Set<string>();
  const enumerators = new Map<string, bigint>();
  let file = '';
  // A file is named only where it differs from the one before it in the dump.
  const follow = (at: Location | undefined): string => {
    if (at === undefined) return file;
    if (at.spellingLoc !== undefined) follow(at.spellingLoc);
    if (at.expansionLoc !== undefined) return follow(at.expansionLoc);
    if (at.file !== undefined) file = at.file;
    return file;
  };
  const pass = (node: AstNode): void => {
    follow(node.loc);
    follow(node.range?.begin);
    follow(node.range?.end);
    for (const inner of node.inner ?? []) pass(inner);
  };
  let lastRecord: AstNode | undefined;
  for (const node of unit.inner ?? []) {
    const where = follow(node.loc);
    follow(node.range?.begin);
    follow(node.range?.end);
    const { kind, name = '' } = node;
    const taken = takes(where) && node.isImplicit !== true;
    if (taken && kind === 'FunctionDecl')
      functions.set(name, functions.get(name) ?? signatureOf(node));
    if (taken && kind === 'VarDecl') variables.add(name);
    if (taken && kind === 'RecordDecl' && node.completeDefinition === true) {
      if (name !== '') records.add(name);
      lastRecord = node;
    }
    if (
      taken &&
      kind === 'TypedefDecl' &&
      lastRecord?.name === undefined &&
      lastRecord !== undefined
    ) {
      if (
        /^(struct|union) /.test(node.type?.qualType ?? '') &&
        !node.type?.qualType.endsWith('*')
      ) {
        records.add(name);
      }
      lastRecord = undefined;
    }
    if (taken && kind === 'EnumDecl') addEnumerators(node, enumerators);
    for (const inner of node.inner ?? []) pass(inner);
  }
  return { functions, variables, records, enumerators, macros: macrosOf(header, options, takes) };
}

function addEnumerators(node: AstNode, enumerators: Map<string, bigint>): void {
  let next = 0n;
  for (const one of node.inner ?? []) {
    if (one.kind !== 'EnumConstantDecl' || one.name === undefined) continue;
    const given = valueIn(one);
    const value = given ?? next;
    enumerators.set(one.name, value);
    next = value + 1n;
  }
}

function valueIn(node: AstNode): bigint | null {
  for (const inner of node.inner ?? []) {
    if (inner.kind === 'ConstantExpr' && inner.value !== undefined) return BigInt(inner.value);
    const below = valueIn(inner);
    if (below !== null) return below;
  }
  return null;
}

function signatureOf(node: AstNode): string {
  const parameters = (node.inner ?? []).filter(({ kind }) => kind === 'ParmVarDecl');
  const plain = parameters.map(({ type }) =>
    plainType(type?.desugaredQualType ?? type?.qualType ?? ''),
  );
  if (node.variadic === true) plain.push('...');
  return `(${plain.join(', ')})`;
}

/** Brings a type as clang writes it into a plain form: `ptr`, `record`, `enum`, a scalar. */
function plainType(text: string): string {
  const bare = text
    .replaceAll(/\b(const|volatile|restrict|_Nonnull|_Nullable|__restrict)\b/g, ' ')
    .trim();
  if (/[*\])]$/.test(bare) || bare.includes('(*')) return 'ptr';
  if (/^(struct|union)\b/.test(bare)) return 'record';
  if (bare.startsWith('enum')) return 'enum';
  const words = bare.split(/\s+/).map((word) => (word === 'bool' ? '_Bool' : word));
  return words.every((word) => scalarWord(word) !== null) ? scalarName(words) : bare;
}

/** The plain form of a function that the generator has read. */
export function plainSignature(type: CType, header: CHeader): string {
  if (type.kind !== 'function') return '';
  const plain = type.parameters.map((one) => plainOf(one.type, header));
  if (type.isVariadic) plain.push('...');
  return `(${plain.join(', ')})`;
}

function plainOf(type: CType, header: CHeader): string {
  switch (type.kind) {
    case 'named': {
      const target = header.typedefs.get(type.name);
      return target === undefined ? type.name : plainOf(target, header);
    }
    case 'pointer':
    case 'array':
    case 'function':
      return 'ptr';
    case 'record':
    case 'enum':
      return type.kind;
    case 'scalar':
      // On x86-64 it is an array, which is a pointer as a parameter.
      return type.name === '__builtin_va_list' ? 'ptr' : type.name;
    default:
      return type.text;
  }
}

function macrosOf(
  header: string,
  options: CompilerOptions,
  takes: (file: string) => boolean,
): ReadonlySet<string> {
  const defined = new Map<string, string>();
  for (const [, name = '', rest = ''] of clang(['-E', '-dM'], header, options).matchAll(
    /^#define (\w+)(.*)$/gm,
  )) {
    if (!rest.startsWith('(') && rest.trim() !== '') defined.set(name, rest);
  }
  // -dM does not say where: the definitions in the files that are taken do.
  const macros = new Set<string>();
  let taken = false;
  for (const line of clang(['-E', '-dD'], header, options).split('\n')) {
    const marker = /^# \d+ "((?:[^"\\]|\\.)*)"/.exec(line);
    if (marker !== null) taken = takes(marker[1] ?? '');
    const name = /^#define (\w+)/.exec(line)?.[1];
    if (taken && name !== undefined && defined.has(name)) macros.add(name);
  }
  return macros;
}
