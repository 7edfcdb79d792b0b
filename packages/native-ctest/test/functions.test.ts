import { backendAvailability, BACKENDS, stringBuffer } from '@sockpool/typed-ffi';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { openFunctions, openRaw, sin, sinWithWrongResult } from '../src/index.ts';

const matrix = (rows: number, columns: number) =>
  fc.array(
    fc.array(fc.integer({ min: -1000, max: 1000 }), {
      minLength: columns,
      maxLength: columns,
    }),
    { minLength: rows, maxLength: rows },
  );

for (const backend of BACKENDS) {
  const { available, reason } = backendAvailability(backend);

  describe.skipIf(!available)(available ? backend : `${backend} (skipped: ${reason})`, () => {
    const open = available ? openFunctions({ backend }) : undefined;
    const c = open as NonNullable<typeof open>;

    test('add() and swap() work on plain objects', () => {
      expect(c.add({ x: 3.1, y: 4.2 }, { x: 1.9, y: 2.8 })).toEqual({ x: 5, y: 7 });
      const a = { x: 3, y: 4 };
      const b = { x: 2, y: 7 };
      c.swap(a, b);
      expect([a, b]).toEqual([
        { x: 2, y: 7 },
        { x: 3, y: 4 },
      ]);
    });

    test('sum() adds as a loop does', () => {
      fc.assert(
        fc.property(fc.float64Array(), (values) => {
          let total = 0;
          for (const value of values) total += value;
          expect(c.sum(values)).toEqual(total);
          expect(c.sum(Array.from(values))).toEqual(total);
        }),
      );
      expect(() => c.sum([1, '2' as unknown as number])).toThrow(TypeError);
      expect(() => c.sum('12' as unknown as number[])).toThrow(TypeError);
    });

    test('titlecase() raises first letters and leaves the rest, whatever the text', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), (text) => {
          fc.pre(!text.includes('\0') && text.isWellFormed());
          const expected = text.replace(
            /(^|[ \t-\r])([a-z])/g,
            (_, space: string, letter: string) => `${space}${letter.toUpperCase()}`,
          );
          expect(c.titlecase(text)).toBe(expected);
        }),
      );
      expect(() => c.titlecase('a\0b')).toThrow(RangeError);
    });

    test('tokenize() splits as JavaScript does without empty tokens', () => {
      fc.assert(
        fc.property(fc.string({ unit: fc.constantFrom('a', 'b', ',', 'ü') }), (text) => {
          const expected = text.split(',').filter((token) => token !== '');
          expect(c.tokenize(text, ',', { rowBytes: 100, maxTokens: 100 })).toEqual(expected);
        }),
      );
    });

    test('tokenize() says which token is too long, and when there are too many', () => {
      expect(() => c.tokenize('short abcdefghijklmnopqrst', ' ')).toThrow(
        'token 1 has more than 19 bytes',
      );
      expect(c.tokenize('abcdefghijklmnopqrs', ' ')).toEqual(['abcdefghijklmnopqrs']);
      expect(() => c.tokenize('a b c', ' ', { maxTokens: 2 })).toThrow('more than 2 tokens');
      expect(() => c.tokenize('a b', '  ')).toThrow(RangeError);
      expect(() => c.tokenize('a b', 'ü')).toThrow(RangeError);
      expect(() => c.tokenize('a b', ' ', { rowBytes: 0 })).toThrow(RangeError);
      expect(() => c.tokenize(5 as unknown as string, ' ')).toThrow(TypeError);
    });

    test('mult() multiplies any shapes that fit', () => {
      const size = fc.integer({ min: 1, max: 12 });
      const pair = fc
        .tuple(size, size, size)
        .chain(([n, r, m]) => fc.tuple(matrix(n, r), matrix(r, m)));
      fc.assert(
        fc.property(pair, ([a, b]) => {
          const expected = a.map((row) =>
            (b[0] ?? []).map((_, j) =>
              row.reduce((total, value, k) => total + value * (b[k]?.[j] ?? Number.NaN), 0),
            ),
          );
          expect(c.mult(a, b).map((row) => row.map((v) => v + 0))).toEqual(
            expected.map((row) => row.map((v) => v + 0)),
          );
        }),
      );
    });

    test('mult() refuses shapes that do not fit', () => {
      expect(() => c.mult([[1, 2]], [[1], [2], [3]])).toThrow(RangeError);
      expect(() => c.mult([[1, 2], [3]], [[1], [2]])).toThrow(RangeError);
      expect(() => c.mult([], [[1]])).toThrow(RangeError);
      expect(() => c.mult([['1' as unknown as number]], [[1]])).toThrow(TypeError);
    });

    test('multInto() computes in place at the stride of the notebook', () => {
      const a = new Float64Array(200);
      const b = new Float64Array(500);
      const product = new Float64Array(200).fill(-1);
      a.set([1, 2, 3, 4, 5]);
      a.set([11, 12, 13, 14, 15], 100);
      for (const [k, row] of [
        [1, 2],
        [2, 3],
        [4, 5],
        [6, 7],
        [8, 9],
      ].entries()) {
        b.set(row, k * 100);
      }
      c.multInto(product, a, b, { n: 2, r: 5, m: 2 });
      expect([product[0], product[1], product[100], product[101]]).toEqual([81, 96, 291, 356]);
      expect(product[2]).toBe(-1);
      expect(() => c.multInto(product, a, b, { n: 3, r: 5, m: 2 })).toThrow(RangeError);
      expect(() => c.multInto(product, a, b, { n: 2, r: 101, m: 2 })).toThrow(RangeError);
      expect(() => c.multInto(a, a, b, { n: 2, r: 5, m: 2 })).toThrow('overlaps');
      expect(() =>
        c.multInto(product, [1] as unknown as Float64Array, b, { n: 1, r: 1, m: 1 }),
      ).toThrow(TypeError);
    });

    test('visitTokens() ends early on a negative answer and passes errors on', async () => {
      if (backend === 'node:ffi') {
        await expect(c.visitTokens('a b', ' ', () => 1)).rejects.toMatchObject({
          code: 'ERR_FFI_UNSUPPORTED',
        });
        return;
      }
      expect(await c.visitTokens('a bb ccc dd', ' ', (t) => (t === 'ccc' ? -1 : t.length))).toBe(3);
      await expect(
        c.visitTokens('a b', ' ', () => {
          throw new Error('enough');
        }),
      ).rejects.toThrow('enough');
      await expect(c.visitTokens('x'.repeat(256), ' ', () => 1)).rejects.toThrow(RangeError);
    });

    test('the raw functions are those of the notebook, with checks', () => {
      const raw = openRaw({ backend });
      expect(raw.sum(Float64Array.of(1, 2, 3), 2)).toBe(3);
      expect(() => raw.sum(Float64Array.of(1, 2, 3), 4)).toThrow(RangeError);
      const name = stringBuffer('a b');
      raw.titlecase(name);
      expect(name.value).toBe('A B');
      expect(raw.add({ x: 1, y: 2 }, { x: 3, y: 4 })).toEqual({ x: 4, y: 6 });
    });

    test("sin() is the system's, and garbage with the wrong result type", () => {
      // oxlint-disable-next-line oxc/approx-constant -- the notebook's value
      const almostPi = 3.1415926536;
      expect(sin(almostPi, backend)).toBe(-1.0206823934513925e-11);
      expect(Number.isInteger(sinWithWrongResult(almostPi, backend))).toBe(true);
    });
  });
}
