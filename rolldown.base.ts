import { basename } from 'node:path';

import type { Plugin, RolldownOptions } from 'rolldown';

/** Packages' entry points that are functions alone, without a class or state: to have them twice does no harm. */
const COPIED_IN: ReadonlySet<string> = new Set([
  '@sockpool/option-checks',
  '@sockpool/pool-core/launch',
]);

/**
 * How a package whose files workers or the command load becomes few files: looking for a module
 * and reading it cost a start more than running it. What two entry points need is in one chunk, so
 * no class is there twice. What is not the package's own is imported and not copied in, but for
 * {@link COPIED_IN}. All lies flat in `dist`: `new URL('./x-main.js', import.meta.url)` means the same
 * in every chunk.
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
    external: (id) => /^[^./]/.test(id) && !COPIED_IN.has(id),
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    plugins: [takeBuiltinsAsTheyAre, keepToAscii],
    output: {
      dir: 'dist',
      cleanDir: true,
      comments: false,
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
 * The same for entry points that are never loaded where the package's others are, such as those of
 * workers: they have copies of their own of what both need.
 *
 * @param entries the entry points
 */
export function bundleBeside(entries: readonly string[]): RolldownOptions {
  const { output, ...options } = bundle(entries);
  return { ...options, output: { ...output, cleanDir: false } };
}

/**
 * How an entry point becomes a CommonJS file, with all that it imports copied in: what Node loads as
 * the first module of a thread takes 10 ms less of CPU time so.
 *
 * @param entry the entry point, which nobody imports
 */
export function bundleScript(entry: string): RolldownOptions {
  const { output, ...options } = bundleBeside([entry]);
  return {
    ...options,
    external: /^node:/,
    output: { ...output, format: 'cjs', entryFileNames: '[name].cjs' },
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

/** A single other character has V8 read the whole file as text of two bytes for each character. */
const keepToAscii: Plugin = {
  name: 'keep-to-ascii',
  renderChunk: (code) => ({
    code: code.replaceAll(
      /[^\0-\x7F]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
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
