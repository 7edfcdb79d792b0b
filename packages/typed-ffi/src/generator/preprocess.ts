import { execFileSync } from 'node:child_process';

import { FfiError } from '../errors.ts';

/** Preprocessed C, and which file each line comes from. */
export interface PreprocessedSource {
  readonly text: string;
  /** Returns the file of the line at an offset into the text. */
  fileAt(offset: number): string;
}

/** How a header is preprocessed. */
export interface PreprocessOptions {
  /** Where headers are looked for. @default [] */
  readonly includeDirectories?: readonly string[] | undefined;
  /** The C compiler, of which the preprocessor is used. @default `CC`, or `'cc'` */
  readonly compiler?: string | undefined;
}

/**
 * Runs the C compiler's preprocessor on a header and removes what is not C11.
 *
 * @throws {FfiError} with `ERR_FFI_COMPILER_NOT_FOUND` or `ERR_FFI_HEADER_INVALID`.
 */
export function preprocess(header: string, options: PreprocessOptions = {}): PreprocessedSource {
  const compiler = options.compiler ?? (process.env['CC'] || 'cc');
  const includes = (options.includeDirectories ?? []).map((directory) => `-I${directory}`);
  let output: string;
  try {
    output = execFileSync(compiler, ['-E', '-std=c11', ...includes, header], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new FfiError(
        'ERR_FFI_COMPILER_NOT_FOUND',
        `Cannot read '${header}': there is no C compiler '${compiler}' to preprocess it (install gcc, or set CC)`,
        { cause },
      );
    }
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new FfiError(
      'ERR_FFI_HEADER_INVALID',
      `Cannot read '${header}': ${stderr.split('\n')[0] ?? ''}`,
      { cause },
    );
  }
  return separate(output);
}

/** Takes the line markers out of preprocessed text. */
function separate(output: string): PreprocessedSource {
  const starts: { offset: number; file: string }[] = [];
  const kept: string[] = [];
  let offset = 0;
  for (const line of output.split('\n')) {
    const marker = /^# \d+ "((?:[^"\\]|\\.)*)"/.exec(line);
    if (marker !== null) starts.push({ offset, file: marker[1] ?? '' });
    else if (!line.startsWith('#')) {
      kept.push(line);
      offset += line.length + 1;
    }
  }
  return {
    text: withoutExtensions(kept.join('\n')),
    fileAt(position) {
      return starts.findLast((start) => start.offset <= position)?.file ?? '';
    },
  };
}

const blank = (match: string): string => match.replace(/[^\n]/g, ' ');

/** Blanks out GNU extensions, so that offsets stay what they are. */
function withoutExtensions(text: string): string {
  let result = text.replace(
    /\b(__extension__|__restrict(__)?|__inline(__)?|__signed__|__volatile__|restrict|_Noreturn|inline)\b/g,
    blank,
  );
  result = result.replace(/\b__const\b/g, 'const  ');
  const start = /\b(?:__attribute__|__attribute|__asm__|__asm|asm|_Alignas|_Static_assert)\s*\(/g;
  for (let found = start.exec(result); found !== null; found = start.exec(result)) {
    let depth = 0;
    let end = found.index + found[0].length - 1;
    for (; end < result.length; end++) {
      if (result[end] === '(') depth++;
      else if (result[end] === ')' && --depth === 0) break;
    }
    result =
      result.slice(0, found.index) +
      blank(result.slice(found.index, end + 1)) +
      result.slice(end + 1);
  }
  return result;
}
