import { expect, test } from 'vitest';
import { PrintedLines } from './printed-lines.ts';

function printed(...chunks: readonly string[]): { told: string[]; lines: PrintedLines } {
  const told: string[] = [];
  const lines = new PrintedLines((text) => told.push(text));
  for (const chunk of chunks) lines.print(chunk);
  return { told, lines };
}

test('Each line is an entry, also one that comes in pieces', () => {
  expect(printed('one\ntw', 'o', '\nthree').told).toEqual(['one', 'two']);
  expect(printed('\n', '\n').told).toEqual(['', '']);
});

test('Lines that go on with the one before stay with it', () => {
  const stack = 'Error: x\n    at a (file:1:1)\n    at b';
  expect(printed(`${stack}\n`).told).toEqual([stack]);
  const object = '{\n  a: 1\n}';
  expect(printed(`${object}\nnext\n`).told).toEqual([object, 'next']);
});

test('What has no end is told at the end, and when it gets too long', () => {
  const { told, lines } = printed('half');
  expect(told).toEqual([]);
  lines.flush();
  lines.flush();
  expect(told).toEqual(['half']);
  expect(printed('x'.repeat(70_000)).told).toEqual(['x'.repeat(70_000)]);
});
