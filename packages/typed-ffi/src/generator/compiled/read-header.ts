import { tokenize, type CSource } from '../header/c-token.ts';
import {
  inclusionOf,
  invalidHeader,
  runCompiler,
  type CompilerOptions,
} from '../../compiler/compiler.ts';

/** A preprocessed header. */
export interface HeaderSource extends CSource {
  /** Where the header itself was found, as its tokens name it. */
  readonly path: string;
}

/**
 * Runs the C compiler's preprocessor on a header, with comments and macros kept.
 *
 * @throws {FfiError} with `ERR_FFI_COMPILER_NOT_FOUND` or `ERR_FFI_HEADER_INVALID`
 */
export function readHeader(header: string, options: CompilerOptions): HeaderSource {
  const run = runCompiler(header, inclusionOf(header, options), ['-E', '-dD', '-C'], options);
  if (!run.ok) throw invalidHeader(header, run);
  return { ...tokenize(run.stdout), path: pathOf(header, run.stdout) };
}

/** Finds how the preprocessor names the header: the last file that the program includes. */
function pathOf(header: string, output: string): string {
  let path = header;
  let includer = '';
  for (const [, name = '', flags = ''] of output.matchAll(/^# \d+ "((?:[^"\\]|\\.)*)"(.*)$/gm)) {
    const file = name.replaceAll(/\\(.)/g, '$1');
    if (includer === '<stdin>' && flags.split(' ').includes('1')) path = file;
    includer = file;
  }
  return path;
}
