import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { sizeOf } from '../memory/abi.ts';
import type { BitFieldType } from '../types/bit-field.ts';
import { FfiError } from '../errors/errors.ts';
import { compilerCommand } from './compiler.ts';
import type { StructType } from '../types/struct-type.ts';

const run = promisify(execFile);

/** `struct Complex`, `div_t`, or the type of a member: `__typeof__(((struct outer *)0)->inner)`. */
const TYPE_NAME = /^([A-Za-z_][\w ]*|__typeof__\([\w ()*>[\]-]+\))$/;

/**
 * Declared structs by their C names, such as `'struct Complex'` or `'div_t'`; a struct
 * without a name by its place, `'__typeof__(((struct outer *)0)->inner)'`.
 */
export type StructsByCName = Readonly<Record<string, StructType<unknown>>>;

/** How layouts are checked. */
export interface LayoutCheckOptions {
  /** What to include: `'ctest.h'`, `'<stdlib.h>'`, or an absolute path. */
  readonly headers: readonly string[];
  /** Where the compiler looks for headers. @default [] */
  readonly includeDirectories?: readonly string[];
  /** The C compiler, and flags for it. @default `CC`, or `'cc'` */
  readonly compiler?: string;
  /** What the compiler gets besides, such as `['-std=c17', '-DLARGE']`. @default [] */
  readonly flags?: readonly string[];
}

/**
 * Compares declared structs with what the C compiler makes of the real ones: size,
 * and the offset and size of each field. It compiles and runs a small program, so
 * it belongs into a test, not into the program.
 *
 * @throws {FfiError} with `ERR_FFI_LAYOUT_MISMATCH`, naming every difference;
 *   `ERR_FFI_COMPILER_NOT_FOUND`; or `ERR_FFI_HEADER_INVALID` when it does not compile
 */
export async function checkLayouts(
  structs: StructsByCName,
  options: LayoutCheckOptions,
): Promise<void> {
  const { command, flags } = compilerCommand(options);
  const directory = await mkdtemp(join(tmpdir(), 'typed-ffi-layout-'));
  try {
    const source = join(directory, 'layout.c');
    const program = join(directory, 'layout');
    await writeFile(source, layoutProgram(structs, options.headers));
    try {
      await run(command, [...flags, ...(options.flags ?? []), '-w', '-o', program, source]);
    } catch (cause) {
      throw compileError(command, cause);
    }
    const { stdout } = await run(program);
    const differences = compare(structs, stdout.trim().split('\n'));
    if (differences.length > 0) {
      throw new FfiError(
        'ERR_FFI_LAYOUT_MISMATCH',
        `The declared structs differ from C: ${differences.join('; ')}`,
      );
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function compileError(compiler: string, cause: unknown): FfiError {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
    return new FfiError(
      'ERR_FFI_COMPILER_NOT_FOUND',
      `Cannot check layouts: there is no C compiler '${compiler}' (install gcc, or set CC)`,
      { cause },
    );
  }
  const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : String(cause);
  return new FfiError('ERR_FFI_HEADER_INVALID', `Cannot check layouts: ${stderr.trim()}`, {
    cause,
  });
}

function layoutProgram(structs: StructsByCName, headers: readonly string[]): string {
  const lines = headers.map((header) =>
    header.startsWith('<') ? `#include ${header}` : `#include "${header}"`,
  );
  lines.push(
    '#include <stddef.h>',
    '#include <stdio.h>',
    '#include <string.h>',
    '#undef main',
    'static void print_bits(const void *at, size_t size) {',
    '  const unsigned char *bytes = at; size_t first = 0, width = 0;',
    '  for (size_t i = 0; i < size * 8; i++) {',
    '    if (!(bytes[i / 8] >> (i % 8) & 1)) continue;',
    '    if (width++ == 0) first = i;',
    '  }',
    '  printf("%zu %zu\\n", first, width);',
    '}',
    'int main(void) {',
  );
  for (const [name, type] of Object.entries(structs)) {
    if (!TYPE_NAME.test(name))
      throw new TypeError(`Cannot check the layout of '${name}': it is not the name of a C type`);
    lines.push(`  printf("%zu\\n", sizeof(${name}));`);
    for (const { name: field } of type.abi.fields) {
      lines.push(
        bitsOf(type, field) === undefined
          ? `  printf("%zu %zu\\n", offsetof(${name}, ${field}), sizeof(((${name} *)0)->${field}));`
          : `  { ${name} s; memset(&s, 0, sizeof s); s.${field} = -1; print_bits(&s, sizeof s); }`,
      );
    }
  }
  lines.push('  return 0;', '}', '');
  return lines.join('\n');
}

/** Returns which bits a field has, when it is a bit field. */
function bitsOf(
  type: StructType<unknown>,
  field: string,
): BitFieldType<unknown>['bits'] | undefined {
  const declared = type.fields[field];
  return declared !== undefined && 'bits' in declared
    ? (declared as BitFieldType<unknown>).bits
    : undefined;
}

function compare(structs: StructsByCName, answers: readonly string[]): string[] {
  const differences: string[] = [];
  let next = 0;
  for (const [name, type] of Object.entries(structs)) {
    const { abi } = type;
    const size = Number(answers[next++]);
    if (size !== abi.sizeBytes) {
      differences.push(`${name} has ${size} bytes in C, ${abi.sizeBytes} as declared`);
    }
    for (const field of abi.fields) {
      const [offset, fieldSize] = (answers[next++] ?? '').split(' ').map(Number);
      const declaredSize = sizeOf(field.abi);
      const bits = bitsOf(type, field.name);
      if (bits !== undefined) {
        const first = field.offsetBytes * 8 + bits.start;
        if (offset !== first || fieldSize !== bits.width) {
          differences.push(
            `${name}.${field.name} has ${fieldSize} bits from bit ${offset} in C, ` +
              `${bits.width} from bit ${first} as declared`,
          );
        }
      } else if (offset !== field.offsetBytes || fieldSize !== declaredSize) {
        differences.push(
          `${name}.${field.name} is at ${offset} with ${fieldSize} bytes in C, ` +
            `at ${field.offsetBytes} with ${declaredSize} as declared`,
        );
      }
    }
  }
  return differences;
}
