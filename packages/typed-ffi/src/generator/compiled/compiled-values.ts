import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CEnum, CRecord } from '../header/c-type.ts';
import { flatFields } from '../header/flat-fields.ts';
import {
  inclusionOf,
  invalidHeader,
  runCompiler,
  type CompilerOptions,
} from '../../compiler/compiler.ts';

/** A constant as the compiler computes it. */
export type ConstantValue = bigint | number | string;

/** Where the compiler puts the members of a record. */
export interface CompiledLayout {
  readonly sizeBytes: number;
  readonly alignmentBytes: number;
  /** By the index in `flatFields()`; missing for bit fields and what has no size. */
  readonly fields: ReadonlyMap<number, { readonly offset: number; readonly size: number }>;
  /** The bits of bit fields, counted from the lowest of the first byte. */
  readonly bits: ReadonlyMap<number, CompiledBits>;
}

/** Which bits of its record a bit field has. */
export interface CompiledBits {
  readonly first: number;
  readonly width: number;
  readonly isSigned: boolean;
}

/** What the compiler says of a header. */
export interface CompiledValues {
  /** Enumerators, macros and bounds of arrays, by their text. */
  readonly constants: ReadonlyMap<string, ConstantValue>;
  readonly layouts: ReadonlyMap<string, CompiledLayout>;
  /** The scalar that an enum is stored as: `i32`, `u32`, … */
  readonly enums: ReadonlyMap<string, string>;
}

/** What is asked of the compiler. */
export interface ValueRequests {
  /** Expressions and what they are called in the answer. */
  readonly expressions: ReadonlyMap<string, string>;
  readonly records: ReadonlyMap<string, CRecord>;
  readonly enums: readonly CEnum[];
  /** Set when the compiler stops after some errors unless it is told not to. */
  readonly isClang: boolean;
}

/** Prints a constant with its kind; 0 makes it promote, and static makes it constant. */
const PRELUDE = `
#define SOCKPOOL_VALUE(id, x) { static const __typeof__((x) + 0) sockpool_v = (x); \\
  _Generic(sockpool_v, float: sockpool_float, double: sockpool_float, long double: sockpool_float, \\
    int: sockpool_signed, long: sockpool_signed, long long: sockpool_signed, \\
    unsigned: sockpool_unsigned, unsigned long: sockpool_unsigned, \\
    unsigned long long: sockpool_unsigned)(id, sockpool_v); }
#define SOCKPOOL_TEXT(id, x) { static const char sockpool_v[] = x; sockpool_text(id, sockpool_v, sizeof sockpool_v - 1); }
static void sockpool_float(int id, long double v) { __builtin_printf("c %d f %.17Lg\\n", id, v); }
static void sockpool_signed(int id, long long v) { __builtin_printf("c %d i %lld\\n", id, v); }
static void sockpool_unsigned(int id, unsigned long long v) { __builtin_printf("c %d i %llu\\n", id, v); }
static void sockpool_text(int id, const char *v, unsigned long n) {
  __builtin_printf("c %d s ", id);
  for (unsigned long i = 0; i < n; i++) __builtin_printf("%02x", (unsigned char)v[i]);
  __builtin_printf("\\n");
}
static void sockpool_bits(int id, int field, const void *at, unsigned long size, int negative) {
  const unsigned char *bytes = at; unsigned long first = 0, width = 0;
  for (unsigned long i = 0; i < size * 8; i++) {
    if (!(bytes[i / 8] >> (i % 8) & 1)) continue;
    if (width++ == 0) first = i;
  }
  __builtin_printf("b %d %d %lu %lu %d\\n", id, field, first, width, negative);
}
#undef main
`;

/**
 * Asks the C compiler for the values of constants and the layouts of records: it compiles
 * and runs a small program. What is no constant is missing in the answer.
 *
 * @throws {FfiError} with `ERR_FFI_COMPILER_NOT_FOUND`, or `ERR_FFI_HEADER_INVALID` when
 *   the header does not compile
 */
export function compiledValues(
  header: string,
  requests: ValueRequests,
  options: CompilerOptions,
): CompiledValues {
  const names = [...requests.expressions.keys()];
  const records = [...requests.records.values()];
  const lines = [
    ...names.flatMap((name, id) => constantLines(id, requests.expressions.get(name) ?? '')),
    ...records.flatMap((record, id) => recordLines(record, id, requests.records)),
    ...requests.enums.map(enumLine),
  ];
  const answers = run(header, lines, requests.isClang, options);
  const constants = new Map<string, ConstantValue>();
  const layouts = new Map<string, CompiledLayout>();
  const enums = new Map<string, string>();
  const fields = new Map<string, Map<number, { offset: number; size: number }>>();
  const bits = new Map<string, Map<number, CompiledBits>>();
  for (const answer of answers) {
    const [what, ...words] = answer.split(' ');
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = words;
    if (what === 'c') {
      const value = constantFrom(second, third);
      if (value !== null) constants.set(names[Number(first)] ?? '', value);
    } else if (what === 'r') {
      const key = records[Number(first)]?.key ?? '';
      const own = new Map<number, { offset: number; size: number }>();
      const ownBits = new Map<number, CompiledBits>();
      fields.set(first, own);
      bits.set(first, ownBits);
      layouts.set(key, {
        sizeBytes: Number(second),
        alignmentBytes: Number(third),
        fields: own,
        bits: ownBits,
      });
    } else if (what === 'f') {
      fields.get(first)?.set(Number(second), { offset: Number(third), size: Number(fourth) });
    } else if (what === 'b') {
      const isSigned = fifth === '1';
      bits.get(first)?.set(Number(second), {
        first: Number(third),
        width: Number(fourth),
        isSigned,
      });
    } else if (what === 'e') {
      const key = requests.enums[Number(first)]?.key ?? '';
      enums.set(key, `${third === '1' ? 'i' : 'u'}${Number(second) * 8}`);
    }
  }
  return { constants, layouts, enums };
}

function constantFrom(kind: string, text: string): ConstantValue | null {
  if (kind === 'f')
    return Number(text.replace(/^(-?)inf$/, '$1Infinity').replace(/^-?nan$/, 'NaN'));
  if (kind === 'i') {
    const wide = BigInt(text);
    return Number.isSafeInteger(Number(wide)) ? Number(wide) : wide;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(text, 'hex'),
    );
  } catch {
    // Bytes that are no UTF-8 are no text for JavaScript.
    return null;
  }
}

function constantLines(id: number, expression: string): string[] {
  const value = `SOCKPOOL_VALUE(${id}, ${expression})`;
  return expression.includes('"') ? [`SOCKPOOL_TEXT(${id}, ${expression})`, value] : [value];
}

function recordLines(record: CRecord, id: number, records: ReadonlyMap<string, CRecord>): string[] {
  const { cName } = record;
  if (cName === null || record.fields === null) return [];
  const members = flatFields(record, records).map(({ name, type, bits }, i) => {
    if (name === '' || (type.kind === 'array' && type.bound === '')) return '';
    if (bits !== '') {
      return (
        `{ ${cName} sockpool_r; __builtin_memset(&sockpool_r, 0, sizeof sockpool_r); ` +
        `sockpool_r.${name} = -1; ` +
        `sockpool_bits(${id}, ${i}, &sockpool_r, sizeof sockpool_r, sockpool_r.${name} < 0); }`
      );
    }
    return (
      `__builtin_printf("f ${id} ${i} %lu %lu\\n", ` +
      `(unsigned long)__builtin_offsetof(${cName}, ${name}), ` +
      `(unsigned long)sizeof(((${cName} *)0)->${name}));`
    );
  });
  return [
    `__builtin_printf("r ${id} %lu %lu\\n", (unsigned long)sizeof(${cName}), (unsigned long)__alignof__(${cName}));`,
    ...members.filter((member) => member !== ''),
  ];
}

/** An enum is unsigned for GCC without negative enumerators, which is what C sees. */
function enumLine({ cName, enumerators }: CEnum, id: number): string {
  if (cName === null) return '';
  const negative = enumerators.map(({ name }) => `(${name}) < 0`).join(' || ') || '0';
  const large = enumerators.map(({ name }) => `(${name}) > 0x7fffffff`).join(' || ') || '0';
  return (
    `__builtin_printf("e ${id} %d %d\\n", (int)sizeof(${cName}), ` +
    `sizeof(${cName}) == 4 ? (${negative}) || !(${large}) : (${cName})-1 < 0);`
  );
}

/** Compiles the lines, without those that the compiler refuses, and runs the program. */
function run(
  header: string,
  lines: readonly string[],
  isClang: boolean,
  options: CompilerOptions,
): string[] {
  const flags = ['-w', '-O0', ...(isClang ? ['-ferror-limit=0'] : [])];
  const folder = mkdtempSync(join(tmpdir(), 'typed-ffi-values-'));
  try {
    const program = join(folder, 'values');
    let kept = new Set(lines.keys());
    for (let round = 0; ; round++) {
      const body = [...kept].map((i) => `#line ${i + 1} "sockpool-values"\n${lines[i]}\n`);
      const text = `${inclusionOf(header, options)}${PRELUDE}int main(void) {\n${body.join('')}return 0;\n}\n`;
      const built = runCompiler(header, text, [...flags, '-o', program], options);
      if (built.ok) break;
      const refused = new Set(
        Array.from(
          built.stderr.matchAll(/^sockpool-values:(\d+):/gm),
          ([, line]) => Number(line) - 1,
        ).filter((line) => kept.has(line)),
      );
      if (refused.size === 0 || round === 50) throw invalidHeader(header, built);
      kept = new Set([...kept].filter((line) => !refused.has(line)));
    }
    return execFileSync(program, { encoding: 'utf8', maxBuffer: 1 << 28 })
      .trimEnd()
      .split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
