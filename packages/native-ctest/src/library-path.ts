import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { platformName, prebuiltPackage, thisPlatform, type Platform } from './platform-name.ts';

/** Reports that there is neither a prebuilt library nor a compiler to make one. */
export class CtestLibraryError extends Error {
  override readonly name = 'CtestLibraryError';
  readonly code = 'ERR_CTEST_LIBRARY_UNAVAILABLE';
}

/** How {@link resolveLibraryPath} finds the library. */
export interface ResolveOptions {
  /** Skips the prebuilt package. @default false */
  readonly compile?: boolean;
  /** The C compiler. @default `CC`, or `'cc'` */
  readonly compiler?: string;
  /** Where a compiled library is kept. @default the user's cache directory */
  readonly cacheDirectory?: string;
}

const require = createRequire(import.meta.url);

/**
 * Returns the path of the C library: of the prebuilt package for this platform, or
 * compiled with `cc` from the sources in this package, once, into the user's cache.
 *
 * @throws {CtestLibraryError} when there is no prebuilt package and no compiler or no place
 *   to keep what it makes, and on Windows, for which the library is not made
 */
export function resolveLibraryPath(options: ResolveOptions = {}): string {
  return resolveLibraryPathFor(thisPlatform(), options);
}

/**
 * {@link resolveLibraryPath} for a platform that need not be this one.
 *
 * @throws {CtestLibraryError} as {@link resolveLibraryPath} does
 */
export function resolveLibraryPathFor(platform: Platform, options: ResolveOptions): string {
  if (platform.platform === 'win32') {
    throw new CtestLibraryError(
      `Cannot make the C library for ${platformName(platform)}: it is for Linux and macOS`,
    );
  }
  const prebuilt = options.compile === true ? undefined : prebuiltPath(platform);
  return prebuilt ?? compiledPath(platform, options);
}

function prebuiltPath(platform: Platform): string | undefined {
  try {
    const path = require.resolve(prebuiltPackage(platform));
    return existsSync(path) ? path : undefined;
  } catch {
    // Not installed: no binary for this platform, or optional dependencies left out.
    return undefined;
  }
}

function compiledPath(platform: Platform, options: ResolveOptions): string {
  const name = platformName(platform);
  const compiler = options.compiler ?? (process.env['CC'] || 'cc');
  const source = fileURLToPath(new URL('../c/ctest.c', import.meta.url));
  const header = fileURLToPath(new URL('../c/ctest.h', import.meta.url));
  const hash = createHash('sha256')
    .update(readFileSync(source))
    .update(readFileSync(header))
    .update(`${name} ${compiler}`)
    .digest('hex')
    .slice(0, 16);
  const cache = options.cacheDirectory ?? cacheDirectory(name);
  const target = join(cache, `libctest-${hash}.${platform.platform === 'darwin' ? 'dylib' : 'so'}`);
  if (existsSync(target)) return target;
  makeWritable(cache, name);
  const unfinished = join(cache, `.${hash}.${process.pid}`);
  try {
    const flags = [
      '-std=c11',
      '-O2',
      '-ffp-contract=off',
      '-fPIC',
      '-fvisibility=hidden',
      '-shared',
    ];
    execFileSync(compiler, [...flags, '-o', unfinished, source], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    renameSync(unfinished, target);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new CtestLibraryError(
      `Cannot make the C library for ${name}: ` +
        (missing
          ? `the package ${prebuiltPackage(platform)} is not installed, and there is no C compiler '${compiler}' (install gcc, or set CC)`
          : `'${compiler}' failed: ${cause instanceof Error ? cause.message : String(cause)}`),
      { cause },
    );
  }
  return target;
}

/** What a caller can do where the compiled library cannot be kept. */
const ADVICE =
  'install the prebuilt package, set XDG_CACHE_HOME to a folder that can be written, ' +
  'or pass cacheDirectory';

function makeWritable(cache: string, name: string): void {
  try {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    accessSync(cache, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new CtestLibraryError(
      `Cannot make the C library for ${name}: '${cache}' cannot be written ` +
        `(${cause instanceof Error ? cause.message : String(cause)}); ${ADVICE}`,
      { cause },
    );
  }
}

function cacheDirectory(name: string): string {
  const set = process.env['XDG_CACHE_HOME'];
  if (process.platform !== 'darwin' && set) return join(set, 'sockpool-native-ctest');
  try {
    const base = process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
    return join(homedir(), ...base, 'sockpool-native-ctest');
  } catch (cause) {
    throw new CtestLibraryError(
      `Cannot make the C library for ${name}: this user has no home to keep it in; ${ADVICE}`,
      { cause },
    );
  }
}
