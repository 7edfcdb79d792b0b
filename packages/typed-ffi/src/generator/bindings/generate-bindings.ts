import { basename } from 'node:path';

import { bindFunction, parameterNames, type BoundFunction } from './bind-function.ts';
import { bindVariable } from './bind-variable.ts';
import type { CFunctionType, CHeader, CType } from '../header/c-type.ts';
import { compiledValues, type CompiledValues } from '../compiled/compiled-values.ts';
import type { CompilerOptions } from '../../compiler/compiler.ts';
import { emitBindings, type BoundConstant } from './emit-bindings.ts';
import { formsIn, type Hints } from '../mapping/hints.ts';
import { fileFilter, untakenNote } from '../compiled/included-headers.ts';
import { leftOutLine, summarize, type Coverage, type LeftOut } from './left-out.ts';
import { macroExpansions } from '../compiled/macro-expansions.ts';
import { parseHeader } from '../header/parse-header.ts';
import { readHeader } from '../compiled/read-header.ts';
import { SafeNames } from '../mapping/safe-names.ts';
import { TypeMapper } from '../mapping/type-mapper.ts';
import { UnmappableType } from '../mapping/unmappable-type.ts';
import { variadicForms } from './variadic-forms.ts';

/** How bindings are generated. */
export interface GenerateOptions extends CompilerOptions {
  /** The name of the interface. @default made of the header's name: `Ctest` */
  readonly name?: string | undefined;
  /** What the header does not say. @default {} */
  readonly hints?: Hints | undefined;
  /**
   * Takes functions with such names from any included file, not all of the header.
   * @default those that the header itself declares
   */
  readonly functions?: RegExp | undefined;
  /** Included headers whose declarations are taken too: `'git2/*.h'`. @default [] */
  readonly also?: readonly string[] | undefined;
  /** Functions to declare a second time, off the main thread, as `<name>_off_thread`. @default [] */
  readonly offThread?: readonly string[] | undefined;
}

/** A generated module, and what it lacks. */
export interface GeneratedBindings {
  readonly text: string;
  readonly leftOut: readonly LeftOut[];
  readonly expressed: Coverage;
  /** One line that counts what is expressed and what is left out, and why. */
  readonly summary: string;
  /** What the caller should know beside: headers that are not taken. Empty for nothing. */
  readonly note: string;
}

/** A header with all that the compiler says of it. */
export interface AnalyzedHeader {
  readonly path: string;
  readonly header: CHeader;
  readonly values: CompiledValues;
  readonly takes: (file: string) => boolean;
  /** The macros without arguments of the files that are taken. */
  readonly macros: readonly string[];
}

/**
 * Reads a header and asks the compiler for its constants and layouts.
 *
 * @throws {FfiError} with `ERR_FFI_COMPILER_NOT_FOUND` or `ERR_FFI_HEADER_INVALID`
 */
export function analyzeHeader(name: string, options: GenerateOptions): AnalyzedHeader {
  const source = readHeader(name, options);
  const emptyMeansVoid = /2x$|23$/.test(options.standard ?? '');
  const header = parseHeader(source, { emptyMeansVoid });
  const takes = fileFilter(source.path, options.also ?? []);
  const macros = header.macros
    .filter(
      ({ files, takesArguments, isEmpty }) => files.some(takes) && !takesArguments && !isEmpty,
    )
    .map((macro) => macro.name);
  const expressions = new Map<string, string>();
  for (const { enumerators } of header.enums.values()) {
    for (const one of enumerators) expressions.set(one.name, one.name);
  }
  for (const bound of boundsIn(header)) expressions.set(bound, bound);
  for (const [macro, expansion] of macroExpansions(name, header, macros, options)) {
    if (!expressions.has(macro)) expressions.set(macro, expansion);
  }
  const values = compiledValues(
    name,
    {
      expressions,
      records: header.records,
      enums: [...header.enums.values()],
      isClang: header.macros.some((macro) => macro.name === '__clang__'),
    },
    options,
  );
  return { path: source.path, header, values, takes, macros };
}

/** Returns the bounds of all arrays in a header that the compiler may know. */
function boundsIn(header: CHeader): Set<string> {
  const bounds = new Set<string>();
  const visit = (type: CType): void => {
    if (type.kind === 'pointer') visit(type.to);
    else if (type.kind === 'array') {
      if (type.bound !== '') bounds.add(type.bound);
      visit(type.of);
    } else if (type.kind === 'function') {
      visit(type.result);
      for (const parameter of type.parameters) visit(parameter.type);
    }
  };
  for (const { type } of header.functions.values()) visit(type);
  for (const { type } of header.variables.values()) visit(type);
  for (const type of header.typedefs.values()) visit(type);
  for (const { fields } of header.records.values())
    for (const { type } of fields ?? []) visit(type);
  return bounds;
}

/**
 * Reads a C header and returns TypeScript source that declares its functions, structs
 * and constants. The same header gives the same text. What the header does not say is
 * not guessed: what cannot be expressed becomes a comment that says why.
 *
 * @throws {FfiError} with `ERR_FFI_COMPILER_NOT_FOUND` or `ERR_FFI_HEADER_INVALID`
 * @throws {TypeError} when a hint or `offThread` names what the header does not have, or
 *   a hint does not fit
 */
export function generateBindings(name: string, options: GenerateOptions = {}): GeneratedBindings {
  const analyzed = analyzeHeader(name, options);
  const { header, path, takes } = analyzed;
  checkNames(header, options);
  const names = new SafeNames();
  const interfaceName = names.pick(options.name ?? interfaceNameOf(name));
  const openName = names.pick(`open${interfaceName}`);
  const checkName = names.pick(`check${interfaceName}Layouts`);
  const mapper = new TypeMapper(header, analyzed.values, names);
  const leftOut: LeftOut[] = [];
  const functions = bindAll(mapper, analyzed, options, leftOut);
  const variables = bindVariables(mapper, analyzed, options, leftOut);
  bindRecords(mapper, analyzed, options, leftOut);
  // Functions of other headers come with the constants that they take and return.
  const used = options.functions === undefined ? NONE : mapper.enums;
  const { constants, others } = constantsOf(analyzed, names, used);
  for (const { file, line, text, reason } of header.problems) {
    if (!takes(file)) continue;
    const where = `'${text.slice(0, 60)}' (${basename(file)}:${line})`;
    leftOut.push({ what: 'declaration', name: where, kind: 'unreadable', reason });
  }
  const comments = leftOut.map(leftOutLine);
  if (others.length > 0) comments.push(`Macros that are no constants: ${others.join(', ')}.`);
  const records = [...mapper.records.values()];
  const text = emitBindings({
    header: basename(name),
    interfaceName,
    openName,
    checkName,
    imports: mapper.imports,
    constants,
    records,
    kept: mapper.kept,
    functions,
    variables,
    leftOut: comments,
  });
  const expressed = {
    functions: functions.length,
    variables: variables.length,
    structs: records.length,
    constants: constants.length,
  };
  return {
    text,
    leftOut,
    expressed,
    summary: summarize(basename(name), expressed, leftOut),
    note: options.functions === undefined ? untakenNote(path, header, takes) : '',
  };
}

/** Refuses names that nothing in the header has: a hint with a typing error has no effect. */
function checkNames(header: CHeader, { hints = {}, offThread = [] }: GenerateOptions): void {
  const forms = formParameters(header, hints);
  for (const name of [...Object.keys(hints), ...offThread]) {
    const type = forms.get(name) ?? header.functions.get(name)?.type;
    if (type?.kind !== 'function') {
      throw new TypeError(`Cannot generate ${name}(): the header declares no such function`);
    }
    const known = [...parameterNames(type), 'return', ...(type.isVariadic ? ['...'] : [])];
    for (const parameter of Object.keys(hints[name] || {})) {
      if (known.includes(parameter)) continue;
      throw new TypeError(
        `Cannot apply the hint for ${name}(): it has no parameter '${parameter}', only ` +
          known.map((one) => `'${one}'`).join(', '),
      );
    }
  }
}

/** Returns the forms of variadic functions that the hints declare, by name. */
function formParameters(header: CHeader, hints: Hints): ReadonlyMap<string, CFunctionType> {
  const forms = new Map<string, CFunctionType>();
  for (const [name, own] of Object.entries(hints)) {
    const declared = header.functions.get(name);
    if (own === false || declared?.type.kind !== 'function') continue;
    if (Object.keys(formsIn(own)).length === 0) continue;
    for (const form of variadicForms(declared, declared.type, own, header)) {
      if (header.functions.has(form.declared.name)) {
        throw new TypeError(`Cannot name a form ${form.declared.name}: the header has it already`);
      }
      forms.set(form.declared.name, form.type);
    }
  }
  return forms;
}

function interfaceNameOf(header: string): string {
  const words = basename(header)
    .replace(/\.\w+$/, '')
    .split(/[^A-Za-z0-9]+/);
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^\d/.test(name) ? `C${name}` : name;
}

/** Declares something, or notes why it is left out. */
function orLeaveOut(
  leftOut: LeftOut[],
  what: LeftOut['what'],
  name: string,
  declare: () => unknown,
): void {
  try {
    declare();
  } catch (error) {
    if (!(error instanceof UnmappableType)) throw error;
    leftOut.push({ what, name, kind: error.kind, reason: error.message });
  }
}

function bindAll(
  mapper: TypeMapper,
  { header, takes }: AnalyzedHeader,
  options: GenerateOptions,
  leftOut: LeftOut[],
): BoundFunction[] {
  const bound: BoundFunction[] = [];
  for (const declared of header.functions.values()) {
    const { name, type, files } = declared;
    const wanted = options.functions?.test(name) ?? files.some(takes);
    if (!wanted || type.kind !== 'function') continue;
    const hints = options.hints?.[name] ?? {};
    if (hints === false) {
      leftOut.push({ what: 'function', name, kind: 'by a hint', reason: 'the hints say so' });
      continue;
    }
    orLeaveOut(leftOut, 'function', name, () => {
      const forms = variadicForms(declared, type, hints, header);
      for (const form of forms) {
        const own = options.hints?.[form.declared.name] || {};
        const variadicAfter = form.fixed;
        bound.push(
          bindFunction(form.declared, form.type, mapper, { ...hints, ...own }, { variadicAfter }),
        );
      }
      if (forms.length > 0) return;
      bound.push(bindFunction(declared, type, mapper, hints));
      if (options.offThread?.includes(name) === true) {
        bound.push(bindFunction(declared, type, mapper, hints, { offThread: true }));
      }
    });
  }
  return bound;
}

function bindVariables(
  mapper: TypeMapper,
  { header, takes }: AnalyzedHeader,
  options: GenerateOptions,
  leftOut: LeftOut[],
): BoundFunction[] {
  const bound: BoundFunction[] = [];
  for (const declared of header.variables.values()) {
    const { name, files } = declared;
    if (!(options.functions?.test(name) ?? files.some(takes))) continue;
    orLeaveOut(leftOut, 'variable', name, () => bound.push(bindVariable(declared, mapper)));
  }
  return bound;
}

/** Declares the structs of the header that no function has asked for yet, too. */
function bindRecords(
  mapper: TypeMapper,
  { header, takes }: AnalyzedHeader,
  options: GenerateOptions,
  leftOut: LeftOut[],
): void {
  for (const record of header.records.values()) {
    const { key, fields, file, hasTag, typedefName } = record;
    const isNamed = hasTag || typedefName !== null;
    if (fields === null || !isNamed || !takes(file) || options.functions !== undefined) continue;
    if (mapper.record(key) !== null) continue;
    const what = mapper.describe({ kind: 'record', key, isConst: false });
    leftOut.push({
      what: 'struct',
      name: what,
      kind: 'no counterpart',
      reason: mapper.whyNot(key),
    });
  }
}

const NONE: ReadonlySet<string> = new Set();

function constantsOf(
  { header, values, takes, macros }: AnalyzedHeader,
  names: SafeNames,
  used: ReadonlySet<string>,
): { constants: BoundConstant[]; others: string[] } {
  const constants: BoundConstant[] = [];
  const seen = new Set<string>();
  const add = (name: string, doc: string): boolean => {
    const value = values.constants.get(name);
    if (value === undefined || seen.has(name)) return value !== undefined;
    seen.add(name);
    constants.push({ name: names.pick(name), doc, value });
    return true;
  };
  for (const { key, enumerators, file, cName } of header.enums.values()) {
    if (!takes(file) && !used.has(key)) continue;
    const of = cName === null || cName.startsWith('__typeof__') ? '' : ` of \`${cName}\``;
    for (const { name, doc } of enumerators) {
      add(name, `\`${name}\`${of}${doc === '' ? '' : `: ${doc}`}`);
    }
  }
  const others = macros.filter((name) => !add(name, `\`${name}\``));
  return { constants, others };
}
