import { expect, test } from 'vitest';
import { moduleImports } from './module-imports.ts';

test.for([
  ["import 'x';", false],
  ["import a from 'x';", false],
  ["import { type A } from 'x';", false],
  ["import type { A } from 'x';", true],
  ["import type A from 'x';", true],
  ["export { a } from 'x';", false],
  ["export type { A } from 'x';", true],
  ["export * from 'x';", false],
  ["export * as a from 'x';", false],
  ["export type * from 'x';", true],
  ["const a = await import('x');", false],
  ['const a = await import(`x`);', false],
  ["let a: import('x').A;", true],
  ["type A = typeof import('x');", true],
  ["const a = import.meta.resolve('x');", false],
  ["const a = process.getBuiltinModule?.('x');", false],
  ["const a = require('x');", false],
  ["const a = require.resolve('x');", false],
  ["function f<T>(t: T) { return () => import('x').then(() => t); }", false],
] as const)('moduleImports() finds the module in %s', ([source, typeOnly]) => {
  expect(moduleImports('a.ts', source)).toEqual([{ specifier: 'x', typeOnly, line: 1 }]);
});

test('moduleImports() gives the line of each import', () => {
  const source = "import 'a';\n\n/* import 'no'; */\nconst text = `import 'no'`;\nimport 'b';\n";
  expect(moduleImports('a.ts', source).map(({ specifier, line }) => [specifier, line])).toEqual([
    ['a', 1],
    ['b', 5],
  ]);
});

test('moduleImports() ignores names that are computed, and other calls', () => {
  const source = 'import(name); import(`./${name}.ts`); resolve("x"); a.require("x");';
  expect(moduleImports('a.mjs', source)).toEqual([]);
});

test('moduleImports() throws when a file cannot be parsed', () => {
  expect(() => moduleImports('a.ts', 'import from;')).toThrow(SyntaxError);
});
