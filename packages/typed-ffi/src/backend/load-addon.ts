import { createRequire } from 'node:module';

import { runsOnMusl } from './libc-family.ts';

const require = createRequire(import.meta.url);

/** A package with a native addon, and the addon's file, if it was found. */
export interface LoadedAddon {
  readonly exports: unknown;
  readonly file: string | undefined;
}

/**
 * Loads a package with a native addon. Its file is returned, so that the caller can keep
 * it loaded: Node unloads an addon with the last thread that uses it, and what still runs
 * in it then crashes the process.
 */
export function loadAddon(name: string): LoadedAddon {
  const exports = withoutReport(() => require(name) as unknown);
  const file = Object.keys(require.cache).find(
    (path) => path.endsWith('.node') && path.includes(name),
  );
  return { exports, file };
}

/**
 * Loads what asks `process.report` for the C library, and answers in its place: the report
 * would wait until every other thread has left C.
 */
function withoutReport<T>(load: () => T): T {
  const { report } = process;
  if (process.platform !== 'linux') return load();
  const own = Object.getOwnPropertyDescriptor(report, 'getReport');
  const header = runsOnMusl() ? {} : { glibcVersionRuntime: 'glibc' };
  Object.defineProperty(report, 'getReport', { configurable: true, value: () => ({ header }) });
  try {
    return load();
  } finally {
    if (own === undefined) Reflect.deleteProperty(report, 'getReport');
    else Object.defineProperty(report, 'getReport', own);
  }
}
