import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { backendAvailability, BACKENDS } from '@sockpool/typed-ffi';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { openFunctions, resolveLibraryPath, type CtestFunctions } from '../src/index.ts';

const python = spawnSync('python3', ['-c', 'import ctypes'], { stdio: 'ignore' }).status === 0;
const SAMPLE = { numRuns: 1_200, seed: 20_191_121 };
const reference = fileURLToPath(new URL('fixtures/ctypes-reference.py', import.meta.url));

type Case = readonly [name: string, args: readonly unknown[]];

const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 });
const complex = fc.tuple(number, number);
const word = fc.string({ unit: fc.constantFrom(...'abzAZ ü,1\t'), maxLength: 60 });
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

const FUNCTIONS = ['add', 'swap', 'sum', 'titlecase', 'tokenize', 'mult'];
const samples = fc.sample(cases, SAMPLE).map(
  // As Python reads them: JSON has no -0.
  (sample) => JSON.parse(JSON.stringify(sample)) as Case,
);
let answers: readonly unknown[] = [];

beforeAll(() => {
  if (!python) return;
  const run = spawnSync('python3', [reference, resolveLibraryPath()], {
    input: samples.map((sample) => JSON.stringify(sample)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  expect(run.stderr).toBe('');
  answers = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
});

type Pair = [number, number];
const point = ([x, y]: Pair): { x: number; y: number } => ({ x, y });

function ours(c: CtestFunctions, [name, args]: Case): unknown {
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
    case 'mult':
      return c.mult(args[0] as number[][], args[1] as number[][]);
    default:
      throw new Error(`There is no function '${name}'`);
  }
}

test('each function is among the random inputs often', () => {
  for (const name of FUNCTIONS) {
    expect(samples.filter(([one]) => one === name).length).toBeGreaterThan(100);
  }
});

for (const backend of BACKENDS) {
  const { available, reason } = backendAvailability(backend);
  const skipped = python ? (available ? '' : reason) : 'there is no python3 with ctypes';

  test.skipIf(skipped !== '')(
    `results on ${backend} are those of Python's ctypes on the same library` +
      (skipped === '' ? '' : ` (skipped: ${skipped})`),
    () => {
      const c = openFunctions({ path: resolveLibraryPath(), backend });
      expect(answers).toHaveLength(samples.length);
      for (const [i, sample] of samples.entries()) {
        // The same numbers to the last bit, the sign of 0 included.
        expect({ sample, result: ours(c, sample) }).toEqual({
          sample,
          result: answers[i],
        });
      }
    },
  );
}
