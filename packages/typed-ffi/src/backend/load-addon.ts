import { createRequire } from 'node:module';

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
  const exports: unknown = require(name);
  const file = Object.keys(require.cache).find(
    (path) => path.endsWith('.node') && path.includes(name),
  );
  return { exports, file };
}
