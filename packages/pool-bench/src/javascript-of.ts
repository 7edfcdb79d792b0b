import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = new URL('./', import.meta.url);
/** In this package, so that what the files import by name is found. */
const COMPILED = new URL('../node_modules/.cache/javascript/', import.meta.url);

const compiled = new Map<string, string>();

/**
 * Compiles a file of the benchmarks and what it imports of them. What is measured runs
 * JavaScript, as on a server: what Node strips types with takes 20 MiB in each process and most
 * of a start, which hides what the servers take themselves.
 *
 * @param file the URL of a TypeScript file in `src`
 * @returns the URL of the JavaScript file
 */
export function javaScriptOf(file: string): string {
  const found = compiled.get(file);
  if (found !== undefined) return found;
  const path = relative(fileURLToPath(SOURCES), fileURLToPath(file)).replace(/\.ts$/, '.js');
  const target = new URL(path, COMPILED);
  compiled.set(file, target.href);
  const code = stripTypeScriptTypes(readFileSync(fileURLToPath(file), 'utf8'));
  const imported = code.replaceAll(
    /(['"])(\.{1,2}\/[^'"]+)\.ts\1/g,
    (_, quote: string, name: string) => {
      javaScriptOf(new URL(`${name}.ts`, file).href);
      return `${quote}${name}.js${quote}`;
    },
  );
  mkdirSync(dirname(fileURLToPath(target)), { recursive: true });
  writeFileSync(target, imported);
  return target.href;
}
