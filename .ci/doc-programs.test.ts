import { expect, test } from 'vitest';
import { importedBy, packagesOf, programsOf } from './doc-programs.ts';

const DOCUMENT = `# Title

\`\`\`ts
// server.ts
import net from 'node:net';
import { ProcessPool } from '@sockpool/process-pool';
import { drainTerms } from '@sockpool/handler/closing';
import 'express';
\`\`\`

\`\`\`sh
ls
\`\`\`

- In a list:

  \`\`\`js
  import { port } from './server.ts';
  \`\`\`
`;

test('programsOf keeps the names and the lines of the document, and takes no other language', () => {
  const programs = programsOf(DOCUMENT);
  expect(programs.map(({ fileName }) => fileName)).toEqual(['server.ts', 'line-17.js']);
  const lines = DOCUMENT.split('\n');
  for (const { text } of programs) {
    const [first] = text.split('\n').flatMap((line, index) => (line === '' ? [] : [index]));
    expect(lines[first ?? 0]?.trim()).toBe(text.trim().split('\n')[0]);
  }
});

test('packagesOf names the packages, without their subpaths', () => {
  const [server, other] = programsOf(DOCUMENT);
  expect(server && packagesOf(server)).toEqual([
    '@sockpool/process-pool',
    '@sockpool/handler',
    'express',
  ]);
  expect(other && packagesOf(other)).toEqual([]);
});

test('importedBy finds what only one other document has', () => {
  const [server, other] = programsOf(DOCUMENT);
  if (server === undefined || other === undefined) throw new Error('expected two programs');
  expect(importedBy([other], [server])).toEqual([server]);
  expect(importedBy([other], [server, server])).toEqual([]);
  expect(importedBy([server, other], [server])).toEqual([]);
});
