// Fails, one line each, when a published package describes itself in different sentences.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { descriptionErrors } from './doc-rules.ts';
import { isPublished, readWorkspace, ROOT } from './workspace-packages.ts';

const readIfThere = (file: string): string | undefined => {
  const place = path.join(ROOT, file);
  return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
};

const published = readWorkspace().filter(isPublished);
const errors = published.flatMap(({ folder, manifest }) =>
  descriptionErrors({
    folder,
    description: manifest.description,
    readme: readIfThere(`${folder}/README.md`),
    index: readIfThere(`${folder}/src/index.ts`),
  }),
);
for (const error of errors) process.stderr.write(`${error}\n`);
if (errors.length > 0) {
  process.stderr.write(`Docs: ${errors.length} problems\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`Docs: ${published.length} packages are in order\n`);
}
