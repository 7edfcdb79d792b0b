import { describe } from '../errors/argument-position.ts';

/**
 * Checks the name of a symbol that differs from the name in the declaration.
 *
 * @throws {TypeError} when no symbol can be called so
 */
export function checkedSymbol(symbol: unknown): void {
  if (symbol === undefined) return;
  if (typeof symbol === 'string' && symbol !== '' && !symbol.includes('\0')) return;
  throw new TypeError(
    `Option symbol must be the name of a symbol, without NUL, got ${describe(symbol)}`,
  );
}
