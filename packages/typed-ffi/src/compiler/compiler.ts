import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { FfiError } from '../errors/errors.ts';

/** How the C compiler is run. */
export interface CompilerOptions {
  /** The C compiler with its flags, such as `'gcc -m64'`. @default `CC`, or `'cc'` */
  readonly compiler?: string | undefined;
  /** Where headers are looked for. @default [] */
  readonly includeDirectories?: readonly string[] | undefined;
  /** Macros to define, such as `'NDEBUG'` or `'LEVEL=2'`. @default [] */
  readonly defines?: readonly string[] | undefined;
  /** The standard of C, such as `'c99'`. @default the compiler's own */
  readonly standard?: string | undefined;
  /** Headers to include first, for a header that does not do it itself. @default [] */
  readonly before?: readonly string[] | undefined;
}

/** What a run of the compiler printed. */
export interface CompilerRun {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Splits a command such as `gcc -m64` into words; quotes hold words together. */
export function commandWords(command: string): string[] {
  return Array.from(command.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g), ([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  );
}

/** Returns the words of the compiler's command and the flags that the options mean. */
export function compilerCommand(options: CompilerOptions): { command: string; flags: string[] } {
  const words = commandWords(options.compiler ?? (process.env['CC'] || 'cc'));
  const [command = 'cc', ...own] = words;
  return {
    command,
    flags: [
      ...own,
      ...(options.standard === undefined ? [] : [`-std=${options.standard}`]),
      ...(options.defines ?? []).map((define) => `-D${define}`),
      ...(options.includeDirectories ?? []).map((directory) => `-I${directory}`),
    ],
  };
}

/** Returns the lines that include a header: a file, or a name that the compiler finds. */
export function inclusionOf(header: string, options: CompilerOptions): string {
  return [...(options.before ?? []), header]
    .map((name) => (existsSync(name) ? `"${resolve(name)}"` : `<${name}>`))
    .map((name) => `#include ${name}\n`)
    .join('');
}

/**
 * Runs the C compiler on a program text.
 *
 * @throws {FfiError} with `ERR_FFI_COMPILER_NOT_FOUND`
 */
export function runCompiler(
  header: string,
  program: string,
  args: readonly string[],
  options: CompilerOptions,
): CompilerRun {
  const { command, flags } = compilerCommand(options);
  try {
    const stdout = execFileSync(command, [...flags, ...args, '-x', 'c', '-'], {
      input: program,
      encoding: 'utf8',
      maxBuffer: 1 << 29,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    return { ok: true, stdout, stderr: '' };
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new FfiError(
        'ERR_FFI_COMPILER_NOT_FOUND',
        `Cannot read '${header}': there is no C compiler '${command}' to preprocess it (install gcc, or set CC)`,
        { cause },
      );
    }
    if (!(cause instanceof Error) || !('stderr' in cause)) throw cause;
    return { ok: false, stdout: '', stderr: String(cause.stderr) };
  }
}

/** Makes the error for a header that the compiler refuses, with its first complaint. */
export function invalidHeader(header: string, { stderr }: CompilerRun): FfiError {
  const lines = stderr.split('\n');
  const complaint = lines.find((line) => /\b(fatal )?error:/.test(line)) ?? lines[0] ?? '';
  return new FfiError('ERR_FFI_HEADER_INVALID', `Cannot read '${header}': ${complaint.trim()}`);
}
