import { basename } from 'node:path';

import type { Plugin, RolldownOptions } from 'rolldown';

/**
 * How a package whose files workers or the command load becomes few files: looking for a module
 * and reading it cost a start more than running it. What two entry points need is in one chunk, so
 * no class is there twice. What is not the package's own is imported, never copied in. All lies
 * flat in `dist`: `new URL('./x-main.js', import.meta.url)` means the same in every chunk.
 *
 * @param entries the package's entry points: the files in `src`, without `.ts`, that its exports
 * name, that `new URL` names, or that are loaded for what they do and export nothing
 * @param together what is loaded at once whenever any of it is, and so is one chunk: its name, and the
 * modules in it, with all that they import
 */
export function bundle(
  entries: readonly string[],
  together: Readonly<Record<string, RegExp>> = {},
): RolldownOptions {
  return {
    input: Object.fromEntries(entries.map((entry) => [basename(entry), `src/${entry}.ts`])),
    external: /^[^./]/,
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    plugins: [takeBuiltinsAsTheyAre],
    output: {
      dir: 'dist',
      cleanDir: true,
      chunkFileNames: '[name].js',
      minifyInternalExports: false,
      sourcemap: true,
      codeSplitting: {
        groups: Object.entries(together).map(([name, test]) => ({ name, test })),
      },
    },
  };
}

/**
 * A module of Node's that an ES module imports gives all its exports at once, and for that runs
 * every getter: http's load the client behind fetch(), tls's the root certificates. Asked for by
 * itself it loads nothing more.
 */
const takeBuiltinsAsTheyAre: Plugin = {
  name: 'take-builtins-as-they-are',
  renderChunk: (code) => ({
    code: code
      .replaceAll(/^import (.+) from ("node:.+");$/gm, (_, imported: string, name: string) =>
        constantsOf(imported, `globalThis.process.getBuiltinModule(${name})`),
      )
      .replaceAll(/\bawait import\(("node:[^"]+")\)/g, 'globalThis.process.getBuiltinModule($1)'),
    // No line has moved.
    map: null,
  }),
};

/** What was imported as `x`, `{ a, b as c }` or both, as constants of one line. */
function constantsOf(imported: string, module: string): string {
  const [, whole, named] = /^(\w[\w$]*)?(?:, )?(\{.+\})?$/.exec(imported) ?? [];
  if (whole === undefined && named === undefined) throw new Error(`Unknown import: ${imported}`);
  return [
    ...(whole === undefined ? [] : [`const ${whole} = ${module};`]),
    ...(named === undefined ? [] : [`const ${named.replaceAll(' as ', ': ')} = ${module};`]),
  ].join(' ');
}
