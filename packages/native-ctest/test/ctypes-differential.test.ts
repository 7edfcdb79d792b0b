import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { openFunctions, resolveLibraryPath } from '../src/index.ts';

const python = spawnSync('python3', ['-c', 'import ctypes'], { stdio: 'ignore' }).status === 0;
const reference = fileURLToPath(new URL('fixtures/ctypes-reference.py', import.meta.url));

type Case = readonly [name: string, args: readonly unknown[]];

const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 });
const complex = fc.tuple(number, number);
const word = fc.string({ unit: fc.constantFrom(...'abzAZ ü,1\t'), maxLength: 19 });
const size = fc.integer({ min: 1, max: 8 });
const rowsOf = (rows: number, columns: number) =>
  fc.array(fc.array(number, { minLength: columns, maxLength: columns }), {
    minLength: rows,
    maxLength: rows,
  });

const cases: fc.Arbitrary<Case> = fc.oneof(
  fc.tuple(complex, complex).map((args): Case => ['add', args]),
  fc.tuple(complex, complex).map((args): Case => ['swap', args]),
  fc.array(number, { maxLength: 50 }).map((values): Case => ['sum', [values]]),
  word.map((text): Case => ['titlecase', [text]]),
  fc
    .array(fc.string({ unit: fc.constantFrom(...'abc'), maxLength: 19 }), { maxLength: 20 })
    .map((words): Case => ['tokenize', [words.join(','), ',']]),
  fc
    .tuple(size, size, size)
    .chain(([n, r, m]) => fc.tuple(rowsOf(n, r), rowsOf(r, m)))
    .map((args): Case => ['mult', args]),
);

test.skipIf(!python)(
  "results are those of Python's ctypes on the same library (skipped without python3)",
  () => {
    const path = resolveLibraryPath();
    const c = openFunctions({ path });
    const ours = ([name, args]: Case): unknown => {
      type Pair = [number, number];
      const point = ([x, y]: Pair) => ({ x, y });
      switch (name) {
        case 'add': {
          const r = c.add(point(args[0] as Pair), point(args[1] as Pair));
          return [r.x, r.y];
        }
        case 'swap': {
          const a = point(args[0] as Pair);
          const b = point(args[1] as Pair);
          c.swap(a, b);
          return [a.x, a.y, b.x, b.y];
        }
        case 'sum':
          return c.sum(args[0] as number[]);
        case 'titlecase':
          return c.titlecase(args[0] as string);
        case 'tokenize':
          return c.tokenize(args[0] as string, args[1] as string);
        default:
          return c.mult(args[0] as number[][], args[1] as number[][]);
      }
    };
    const samples = fc.sample(cases, 600);
    const run = spawnSync('python3', [reference, path], {
      input: samples.map((sample) => JSON.stringify(sample)).join('\n'),
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    expect(run.stderr).toBe('');
    const answers = run.stdout.trim().split('\n');
    expect(answers).toHaveLength(samples.length);
    for (const [i, sample] of samples.entries()) {
      // Through JSON, where -0 is 0 on our side too.
      expect([sample, JSON.parse(JSON.stringify(ours(sample)))]).toEqual([
        sample,
        JSON.parse(
          (answers[i] ?? '')
            .replaceAll('-0.0,', '0,')
            .replaceAll('-0.0]', '0]')
            .replace(/^-0\.0$/, '0'),
        ),
      ]);
    }
  },
);
