// Fails, one line each, when a published package describes itself in different sentences, or when
// a link of a Markdown file leads nowhere.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { descriptionErrors } from './doc-rules.ts';
import { linkErrors } from './markdown-links.ts';
import { isPublished, readWorkspace, ROOT } from './workspace-packages.ts';

// New files count, and files that are deleted but not committed don't.
const list = (...options: string[]): string[] =>
  execFileSync('git', ['ls-files', '-z', ...options], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((name) => name !== '');
const deleted = new Set(list('--deleted'));
const files = list('--cached', '--others', '--exclude-standard').filter(
  (name) => !deleted.has(name),
);
const known = new Set(files);

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const readIfKnown = (file: string): string | undefined =>
  known.has(file) ? read(file) : undefined;

const published = readWorkspace().filter(isPublished);
const documents = Object.fromEntries(
  files.filter((file) => file.endsWith('.md')).map((file) => [file, read(file)]),
);
const errors = [
  ...published.flatMap(({ folder, manifest }) =>
    descriptionErrors({
      folder,
      description: manifest.description,
      readme: readIfKnown(`${folder}/README.md`),
      index: readIfKnown(`${folder}/src/index.ts`),
    }),
  ),
  ...linkErrors({ files, documents }),
];
for (const error of errors) process.stderr.write(`${error}\n`);
if (errors.length > 0) {
  process.stderr.write(`Docs: ${errors.length} problems\n`);
  process.exitCode = 1;
} else {
  const count = Object.keys(documents).length;
  process.stdout.write(`Docs: ${published.length} packages and ${count} documents are in order\n`);
}
