import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import type { ConnectionHandler } from '../contract/connection-handler.ts';
import { describeValue } from '@sockpool/option-checks';
import { recognizeApp } from '../apps/recognized-app.ts';

/** How many names of a module's exports an error lists. */
const MAX_NAMES = 5;

/**
 * Loads a handler module, of whichever kind: ECMAScript or CommonJS, also as TypeScript and Babel
 * transpile one into the other. Its default export may be a promise of the handler.
 *
 * @param url the module
 * @throws {TypeError} when what it exports is no handler: what it looks like, and what to write
 * @throws {unknown} what loading it throws, or what its promise rejects with
 */
export async function loadHandler(url: string): Promise<ConnectionHandler> {
  const module = await importModule(url);
  const { exported } = await defaultExport(module);
  const app = recognizeApp(exported);
  if (typeof exported === 'function' && app === undefined) return exported as ConnectionHandler;
  const wanted = `Handler module '${url}' must have a function as its default export`;
  throw new TypeError(
    app === undefined
      ? `${wanted}, got ${describeValue(exported)}; ${adviceFor(module, exported)}`
      : `${wanted} that takes a connection, got ${describeValue(exported)}. It looks like ${app.looksLike}; write: ${app.write}`,
  );
}

async function importModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(url)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const reason = noModule(error, url);
    if (reason === undefined) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const failure = new TypeError(`Handler module '${url}' ${reason}`, { cause: error });
    throw Object.assign(failure, { code });
  }
}

/** Says what a URL names that is no module; undefined when it is one, which then may have failed. */
function noModule(error: unknown, url: string): string | undefined {
  if (!(error instanceof Error && 'code' in error) || !url.startsWith('file:')) return undefined;
  switch (error.code) {
    case 'ERR_MODULE_NOT_FOUND':
      return existsSync(fileURLToPath(url)) ? undefined : 'must be a file, got none';
    case 'ERR_UNSUPPORTED_DIR_IMPORT':
      return new URL(url).pathname.endsWith('/') ? 'must be a file, got a folder' : undefined;
    case 'ERR_IMPORT_ATTRIBUTE_MISSING':
      return error.message.includes(url) ? 'must be JavaScript or TypeScript, got JSON' : undefined;
    default:
      return undefined;
  }
}

/**
 * Gives what a module exports by default, awaited if it is a promise, in whichever kind of module.
 *
 * @param module its namespace
 * @returns it in an object, since a promise would call the `then` of an app that has one
 */
export async function defaultExport(
  module: Readonly<Record<string, unknown>>,
): Promise<{ readonly exported: unknown }> {
  const found = await settled(module['default']);
  // A transpiled module's own default export is a field of what CommonJS exports.
  return isTranspiled(found.exported) ? await settled(found.exported.default) : found;
}

/** Waits for a promise, and for nothing else that has a `then`, as Fastify's apps do. */
async function settled(exported: unknown): Promise<{ readonly exported: unknown }> {
  return { exported: types.isPromise(exported) ? await exported : exported };
}

function isTranspiled(exported: unknown): exported is { readonly default: unknown } {
  if (typeof exported !== 'object' || exported === null || types.isProxy(exported)) return false;
  if (types.isModuleNamespaceObject(exported)) return 'default' in exported;
  return (
    Object.hasOwn(exported, 'default') &&
    Object.getOwnPropertyDescriptor(exported, '__esModule')?.value === true
  );
}

function adviceFor(module: Readonly<Record<string, unknown>>, exported: unknown): string {
  const names = namesOf(exported === undefined ? module : exported);
  if (names.length === 0) {
    return "write 'export default (connection, context) => { … }', or in CommonJS 'module.exports = '";
  }
  const list = names.slice(0, MAX_NAMES).map((name) => `'${name}'`);
  const [name = ''] = names;
  const write = exported === undefined ? `export default ${name}` : `module.exports = ${name}`;
  return `it has ${list.join(', ')}; if that is the handler, write '${write}'`;
}

function namesOf(exports: unknown): string[] {
  if (typeof exports !== 'object' || exports === null || types.isProxy(exports)) return [];
  const own = new Set(['default', '__esModule', 'module.exports']);
  return Object.keys(exports).filter((name) => !own.has(name));
}
