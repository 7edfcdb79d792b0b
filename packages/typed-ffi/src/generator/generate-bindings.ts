import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

import type { CFunction, CHeader } from './c-type.ts';
import type { Hints } from './hints.ts';
import { TypeMapper, UnmappableType, type MappedType } from './map-type.ts';
import { parseHeader } from './parse-header.ts';
import { preprocess, type PreprocessOptions } from './preprocess.ts';

/** How bindings are generated. */
export interface GenerateOptions extends PreprocessOptions {
  /** The name of the interface. @default made of the header's name: `Ctest` */
  readonly name?: string | undefined;
  /** What the header does not say. @default {} */
  readonly hints?: Hints | undefined;
  /** Takes functions with such names from any included file, not all of the header. */
  readonly functions?: RegExp | undefined;
  /** Functions to declare a second time, off the main thread, as `<name>_off_thread`. @default [] */
  readonly offThread?: readonly string[] | undefined;
}

interface BoundFunction {
  readonly declaration: string;
  readonly signature: string;
  readonly comment: string;
}

const LENGTH_NAMES =
  /^(n|len|length|size|count|capacity|num|nbytes)$|_(len|length|size|count|bytes)$|(Len|Length|Size|Count|Bytes)$/;

/**
 * Reads a C header and returns TypeScript source that declares its functions,
 * structs and enums. The same header gives the same text. What cannot be expressed
 * becomes a comment that says why.
 *
 * @throws {FfiError} with `ERR_FFI_COMPILER_NOT_FOUND` or `ERR_FFI_HEADER_INVALID`.
 * @throws {TypeError} when a hint or `offThread` names what the header does not have.
 */
export function generateBindings(header: string, options: GenerateOptions = {}): string {
  const parsed = parseHeader(preprocess(header, options));
  const source = readFileSync(header, 'utf8');
  const name = options.name ?? interfaceName(header);
  const mapper = new TypeMapper(parsed);
  mapper.imports.add('fn').add('library').add('type LibraryOptions').add('type LibraryPath');
  const wanted = parsed.functions.filter((declared) =>
    options.functions === undefined
      ? declared.file === header
      : options.functions.test(declared.name),
  );
  checkNames(parsed, options);
  const bound: BoundFunction[] = [];
  const left: string[] = [];
  for (const declared of wanted) {
    try {
      bound.push(bind(declared, mapper, options.hints?.[declared.name] ?? {}, source, false));
      if (options.offThread?.includes(declared.name) === true) {
        bound.push(bind(declared, mapper, options.hints?.[declared.name] ?? {}, source, true));
      }
    } catch (error) {
      if (!(error instanceof UnmappableType)) throw error;
      left.push(`// ${declared.name}() is left out: ${error.message}.`);
    }
  }
  return emit(header, name, mapper, parsed, bound, left);
}

/** Refuses names that nothing in the header has: a hint with a typing error has no effect. */
function checkNames(parsed: CHeader, { hints = {}, offThread = [] }: GenerateOptions): void {
  const known = new Map(parsed.functions.map(({ name, type }) => [name, type.parameters]));
  for (const name of [...Object.keys(hints), ...offThread]) {
    const parameters = known.get(name);
    if (parameters === undefined) {
      throw new TypeError(`Cannot generate ${name}(): the header declares no such function`);
    }
    for (const parameter of Object.keys(hints[name] ?? {})) {
      if (parameters.some((one) => one.name === parameter)) continue;
      throw new TypeError(
        `Cannot apply the hint for ${name}(): it has no parameter '${parameter}', only ` +
          parameters.map((one) => `'${one.name}'`).join(', '),
      );
    }
  }
}

function interfaceName(header: string): string {
  const words = basename(header)
    .replace(/\.\w+$/, '')
    .split(/[^A-Za-z0-9]+/);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function bind(
  declared: CFunction,
  mapper: TypeMapper,
  hints: Hints[string],
  source: string,
  offThread: boolean,
): BoundFunction {
  const { parameters, result, isVariadic } = declared.type;
  if (isVariadic) throw new UnmappableType('it takes a variable number of arguments');
  const names = parameters.map(({ name }, i) => (name === '' ? `arg${i}` : name));
  const lengthAfter = (i: number): string | null => {
    const next = parameters[i + 1];
    if (next === undefined || !LENGTH_NAMES.test(next.name)) return null;
    const type = mapper.resolve(next.type);
    return type.kind === 'base' || type.kind === 'named' ? next.name : null;
  };
  const mapped = parameters.map((parameter, i) =>
    mapper.parameter(parameter, hints[parameter.name] ?? {}, lengthAfter(i)),
  );
  const referred = new Set(
    mapped.flatMap(({ expression }) =>
      [...expression.replace(/opaque\('\w+'\)/g, '').matchAll(/'([^']+)'/g)].flatMap(([, text]) =>
        (text ?? '').split('*'),
      ),
    ),
  );
  const expressions = mapped.map(({ expression }, i) => {
    const name = names[i] ?? '';
    if (!referred.has(name) || parameters[i]?.name === '') return expression;
    mapper.imports.add('named');
    return `named('${name}', ${expression})`;
  });
  const returned = mapper.result(result);
  const outputs = mapped.filter(({ argument }) => argument === null);
  const options = offThread ? `, { symbol: '${declared.name}', offThread: true }` : '';
  const name = offThread ? `${declared.name}_off_thread` : declared.name;
  const list = mapped.flatMap(({ argument }, i) =>
    argument === null ? [] : [`${safeName(names[i] ?? '')}: ${argument}`],
  );
  const value = resultType(returned, outputs);
  return {
    declaration: `${name}: fn([${expressions.join(', ')}], ${returned.expression}${options}),`,
    signature: `readonly ${name}: (${list.join(', ')}) => ${offThread ? `Promise<${value}>` : value};`,
    comment: commentBefore(source, declared.name),
  };
}

function resultType(returned: MappedType, outputs: readonly MappedType[]): string {
  if (outputs.length === 0) return returned.value;
  const values = outputs.map(({ value }) => value);
  if (returned.value !== 'void') values.unshift(returned.value);
  return `[${values.join(', ')}]`;
}

const RESERVED =
  /^(arguments|await|case|catch|class|default|delete|enum|eval|export|function|import|in|new|null|this|throw|try|typeof|var|with|yield)$/;

function safeName(name: string): string {
  return RESERVED.test(name) ? `${name}_` : name;
}

/** Returns the documentation comment right before a function in the header's own text. */
function commentBefore(source: string, name: string): string {
  const declaration = new RegExp(
    String.raw`\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*[\w\s*]*?\b${name}\s*\(`,
  );
  const body = declaration.exec(source)?.[1];
  if (body === undefined) return '';
  const lines = body.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd());
  while (lines[0] === '') lines.shift();
  while (lines.at(-1) === '') lines.pop();
  const [first = ''] = lines;
  return lines.length === 1
    ? `  /** ${first.trim()} */\n`
    : `  /**\n${lines.map((line) => `   *${line === '' ? '' : ` ${line}`}\n`).join('')}   */\n`;
}

const plain = (text: string): string => text.replace('type ', '');

function emit(
  header: string,
  name: string,
  mapper: TypeMapper,
  parsed: CHeader,
  bound: readonly BoundFunction[],
  left: readonly string[],
): string {
  const cNameOf = (tag: string): string => parsed.structs.get(tag)?.cName ?? tag;
  const structs = [...mapper.structs].map(([tag, fields]) => {
    const cName = cNameOf(tag);
    const members = fields.map((field) => `  ${field.name}: ${field.mapped.value};`).join('\n');
    const list = fields.map((field) => `${field.name}: ${field.mapped.expression}`).join(', ');
    return (
      `/** \`${cName}\` */\nexport interface ${tag} {\n${members}\n}\n\n` +
      `/** Declares \`${cName}\`. */\nexport const ${tag}: StructType<${tag}> = struct({ ${list} }, '${cName}');`
    );
  });
  const selfCheck: string[] = [];
  if (structs.length > 0) {
    for (const needed of ['struct', 'type StructType', 'checkLayouts', 'type LayoutCheckOptions']) {
      mapper.imports.add(needed);
    }
    const list = [...mapper.structs.keys()].map((tag) => `    '${cNameOf(tag)}': ${tag},\n`);
    selfCheck.push(
      `/** Compares the structs with what the C compiler makes of them; for tests. */\n` +
        `export function check${name}Layouts(options: LayoutCheckOptions): Promise<void> {\n` +
        `  return checkLayouts({\n${list.join('')}  }, options);\n}`,
    );
  }
  const enums = parsed.enums
    .filter(({ file }) => file === header)
    .flatMap(({ tag, values }) =>
      values.map(
        (one) =>
          `/** \`${one.name}\`${tag === '' ? '' : ` of \`enum ${tag}\``} */\nexport const ${one.name} = ${one.value};`,
      ),
    );
  const imports = [...mapper.imports].toSorted((a, b) => {
    return plain(a) < plain(b) ? -1 : 1;
  });
  return [
    `// Generated by sockpool-ffi from ${basename(header)}. Do not edit.`,
    `import {\n${imports.map((one) => `  ${one},\n`).join('')}} from '@sockpool/typed-ffi';`,
    ...enums,
    ...structs,
    `/** The functions of ${basename(header)}. */\nexport interface ${name} {\n${bound
      .map(({ comment, signature }) => `${comment}  ${signature}\n`)
      .join('')}}`,
    `const declarations = {\n${bound.map(({ declaration }) => `  ${declaration}\n`).join('')}} as const;`,
    `/** Opens the library that ${basename(header)} describes; see \`library()\`. */\n` +
      `export function open${name}(path: LibraryPath, options?: LibraryOptions): ${name} {\n` +
      '  return library(path, declarations, options);\n}',
    ...selfCheck,
    ...(left.length > 0 ? [left.join('\n')] : []),
  ]
    .join('\n\n')
    .concat('\n');
}
