import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { repeatedTexts } from './repeated-text.ts';
import { documentNames, ROOT } from './documents.ts';

test('repeatedTexts() finds a run of words, whatever their case and their lines', () => {
  const documents = {
    'a.md': 'It closes the port and\nserves who waits.\n',
    'b.md': '# B\n\n- It closes THE [port](x.md) and serves who waits, then ends.\n',
  };
  expect(repeatedTexts(documents, 8)).toEqual([
    { at: 'b.md:3', first: 'a.md:1', words: 'it closes the port and serves who waits' },
  ]);
  expect(repeatedTexts(documents, 9)).toEqual([]);
});

test.each([
  ['code', '```sh\none two three four\n```\n'],
  ['code in a line, but as one word', 'one `two three four`'],
  ['another paragraph', 'one two\n\nthree four'],
  ['another item', '- one two\n- three four'],
  ['another cell', '| one two | three four |'],
])('repeatedTexts() reads no run across %s', (_, text) => {
  expect(repeatedTexts({ 'a.md': 'one two three four', 'b.md': text }, 4)).toEqual([]);
});

test('No eight words stand twice in READMEs and guides', () => {
  const documents = documentNames().map(
    (name) => [name, readFileSync(new URL(name, ROOT), 'utf8')] as const,
  );
  expect(repeatedTexts(Object.fromEntries(documents), 8)).toEqual([]);
});
