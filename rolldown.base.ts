import { basename } from 'node:path';

import type { RolldownOptions } from 'rolldown';

/**
 * How a package whose files workers or the command load becomes few files: looking for a module
 * and reading it cost a start more than running it. What two entry points need is in one chunk, so
 * no class is there twice. What is not the package's own is imported, never copied in. All lies
 * flat in `dist`: `new URL('./x-main.js', import.meta.url)` means the same in every chunk.
 *
 * @param entries the package's entry points: the files in `src`, without `.ts`, that its exports
 * name, that `new URL` names, or that are loaded for what they do and export nothing
 */
export function bundle(entries: readonly string[]): RolldownOptions {
  return {
    input: Object.fromEntries(entries.map((entry) => [basename(entry), `src/${entry}.ts`])),
    external: /^[^./]/,
    platform: 'node',
    output: {
      dir: 'dist',
      cleanDir: true,
      chunkFileNames: '[name].js',
      minifyInternalExports: false,
      sourcemap: true,
    },
  };
}
