import { expect, test } from 'vitest';
import { descriptionErrors, firstSentence, lineUnderTitle } from './doc-rules.ts';

const description = 'Serves TCP connections on N processes.';
const texts = {
  folder: 'packages/a',
  description,
  readme: `# @sockpool/a\n\n${description}\n\nMore.\n`,
  index: `/**\n * ${description}\n *\n * @module\n */\nexport { a } from './a.ts';\n`,
};

test('Descriptions that agree are in order', () => {
  expect(descriptionErrors(texts)).toEqual([]);
});

test('A package without index.ts has no docblock to agree with', () => {
  expect(descriptionErrors({ ...texts, index: undefined })).toEqual([]);
});

test('A README that says something else is an error', () => {
  expect(descriptionErrors({ ...texts, readme: '# a\n\nOther words.\n' })).toEqual([
    "packages/a/README.md: the first line under the title must be 'Serves TCP connections on N " +
      "processes.', but it is 'Other words.'",
  ]);
});

test.for([
  ['README.md', { readme: undefined }],
  ['README.md', { readme: 'No title.' }],
  ['README.md', { readme: '# Title\n' }],
  ['src/index.ts', { index: "export { a } from './a.ts';" }],
  ['src/index.ts', { index: "import './a.ts';\n/** Serves TCP connections on N processes. */" }],
  ['src/index.ts', { index: '/** @module */' }],
  ['src/index.ts', { index: '/** Serves TCP connections on N processes, well. */' }],
  ['package.json', { description: undefined }],
  ['package.json', { description: ' ' }],
] as const)('An error names %s for %o', ([file, change]) => {
  expect(descriptionErrors({ ...texts, ...change })).toEqual([
    expect.stringContaining(`packages/a/${file}: `),
  ]);
});

test.for([
  ['/** One. */', 'One.'],
  ['/**\n * One\n * line. Another sentence.\n */', 'One line.'],
  ['/**\n * Calls C by e.g. ffi-rs v1.3.\n *\n * More.\n */', 'Calls C by e.g. ffi-rs v1.3.'],
  ['/**\n * Without a full stop\n * @module\n */', 'Without a full stop'],
  ['// No docblock.', undefined],
] as const)('firstSentence() of %j is %j', ([source, expected]) => {
  expect(firstSentence(source)).toBe(expected);
});

test('lineUnderTitle() skips what is above the title and the blank lines', () => {
  expect(lineUnderTitle('<!-- x -->\n\n# T\r\n\r\n\r\n A line. \r\nMore.')).toBe('A line.');
});
