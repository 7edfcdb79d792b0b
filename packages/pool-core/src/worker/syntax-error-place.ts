import { readFileSync } from 'node:fs';
import type { Runtime } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { isNativeError } from '../errors/error-record.ts';

/** Modules that are looked through for a line of source. */
const MAX_MODULES = 500;

/** How a module names another one of the same program. */
const SPECIFIER = /\b(?:from|import)\s*\(?\s*['"](?<specifier>(?:\.{1,2}|file:\/)?\/[^'"]+)['"]/g;

/** Where in some source, counted from 0. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds where a syntax error of an ECMAScript module is, which Node prints and does not tell: the
 * error's stack shows only what loaded the module.
 *
 * @param error what importing a module rejected with
 * @param url that module
 * @returns file and line, the line of source, and a caret under the place, as the stacks of other
 *   syntax errors begin; undefined when it is another kind of error, or cannot be told for sure
 */
export async function syntaxErrorPlace(error: unknown, url: string): Promise<string | undefined> {
  if (!isNativeError(error) || error.name !== 'SyntaxError') return undefined;
  // It has its place already.
  if (!String(error.stack).startsWith('SyntaxError')) return undefined;
  try {
    const position = await positionOf(error);
    if (position === undefined || position.line < 0) return undefined;
    const places = modulesFrom(url).flatMap(({ href, lines }) => {
      const line = lines[position.line];
      return line !== undefined && isAt(line, position.column, error.message)
        ? [{ href, line }]
        : [];
    });
    const [place] = places;
    if (place === undefined || places.length > 1) return undefined;
    // Tabs stay, so that the caret stands where it should.
    const blank = place.line.slice(0, position.column).replaceAll(/[^\t]/g, ' ');
    return `${place.href}:${position.line + 1}\n${place.line}\n${blank}^\n`;
  } catch {
    // Such as for want of an inspector: the error is told without its place.
    return undefined;
  }
}

/** V8 keeps the place of a syntax error for whoever prints it, and tells it to debuggers. */
async function positionOf(error: Error): Promise<Position | undefined> {
  const { Session } = await import('node:inspector');
  const session = new Session();
  session.connect();
  const key = Symbol.for('@sockpool/pool-core/syntax-error');
  try {
    Reflect.set(globalThis, key, error);
    const expression = `globalThis[Symbol.for(${JSON.stringify(key.description)})]`;
    let position: Position | undefined;
    session.post('Runtime.evaluate', { expression }, (_, evaluated) => {
      const { objectId } = evaluated.result;
      if (objectId === undefined) return;
      session.post('Runtime.getExceptionDetails', { errorObjectId: objectId }, (_failure, told) => {
        // Node's type declarations do not know what this one answers.
        const { exceptionDetails } = told as { exceptionDetails?: Runtime.ExceptionDetails };
        if (exceptionDetails === undefined) return;
        const { lineNumber, columnNumber } = exceptionDetails;
        position = { line: lineNumber, column: columnNumber };
      });
    });
    return position;
  } finally {
    Reflect.deleteProperty(globalThis, key);
    session.disconnect();
  }
}

/** The module and those that it imports, as far as their names are written out. */
function modulesFrom(url: string): { readonly href: string; readonly lines: readonly string[] }[] {
  const found = new Set([url]);
  const modules: { href: string; lines: string[] }[] = [];
  for (const href of found) {
    let source: string;
    try {
      source = readFileSync(fileURLToPath(href), 'utf8');
    } catch {
      continue;
    }
    modules.push({ href, lines: source.split('\n') });
    for (const { groups } of source.matchAll(SPECIFIER)) {
      if (found.size < MAX_MODULES) found.add(new URL(groups?.['specifier'] ?? '', href).href);
    }
  }
  return modules;
}

/** Whether what the message quotes stands there. */
function isAt(line: string, column: number, message: string): boolean {
  const quoted = /'(?<text>[^']+)'/.exec(message)?.groups?.['text'];
  if (quoted !== undefined && !quoted.includes(' ')) return line.startsWith(quoted, column);
  return column <= line.length;
}
