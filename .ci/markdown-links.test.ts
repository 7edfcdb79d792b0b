import { expect, test } from 'vitest';
import { linkErrors, readDocument } from './markdown-links.ts';

const files = ['README.md', 'LICENSE', 'packages/a/README.md', 'packages/a/src/a b.ts'];

/** What is wrong with links in the README of package a. */
function problems(markdown: string): string[] {
  return linkErrors({
    files,
    documents: {
      'README.md': '# The top\n\n## One & two\n\n## `close()` **now**\n\n## The top\n',
      'packages/a/README.md': `# A\n\n${markdown}\n`,
    },
  });
}

test.for([
  '[a](../../README.md)',
  '[a](../../README.md#one--two)',
  '[a](../../README.md#close-now)',
  '[a](../../README.md#the-top-1)',
  '[a](#a)',
  '[a](/LICENSE)',
  '[a](/)',
  '[a](src)',
  '[a](./src/)',
  '[a](src/a%20b.ts?plain=1#L3)',
  '![a](../../LICENSE)',
  '[a]\n\n[a]: ../../LICENSE',
  '<a href="../../LICENSE">a</a>',
  '[a](https://example.com/none.md)',
  '[a](mailto:a@example.com)',
  '[a](//example.com/none.md)',
  '`[a](none.md)`',
  '```md\n[a](none.md)\n```',
])('%j leads somewhere', (markdown) => {
  expect(problems(markdown)).toEqual([]);
});

test.for([
  '[a](none.md)',
  '[a](README.md/none)',
  '[a](../README.md)',
  '[a](../../../README.md)',
  '[a](src/a)',
  '[a](src/%a)',
  '[a](/packages/b)',
  '![a](none.png)',
  '[a]\n\n[a]: none.md',
  '- a\n  > [**a**](none.md)',
  '| a |\n| - |\n| [a](none.md) |',
  '<img src="none.png">',
])('%j leads to no file', (markdown) => {
  expect(problems(markdown)).toEqual([expect.stringContaining('leads to no file')]);
});

test('A link to a heading that does not exist names the document', () => {
  expect(problems('[a](../../README.md#three)')).toEqual([
    "packages/a/README.md: the link '../../README.md#three' leads to no heading of README.md",
  ]);
});

test('An anchor written in HTML counts as a heading', () => {
  expect(readDocument('<a id="here"></a>\n\n# There').anchors).toEqual(new Set(['here', 'there']));
});
