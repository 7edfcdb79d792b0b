import path from 'node:path';

/** As this module itself: `.ts` from the source, `.js` when built. */
const EXTENSION = path.extname(new URL(import.meta.url).pathname);

/**
 * Gives the URL of a module of this package, for programs and workers that load it by themselves.
 *
 * @param name its path from `src/` or `dist/`, without the extension
 */
export function moduleUrl(name: string): URL {
  return new URL(`./${name}${EXTENSION}`, import.meta.url);
}
