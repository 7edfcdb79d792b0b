import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readPublished, ROOT } from './workspace.ts';

test.each(readPublished(ROOT))('$name takes its changelog along', ({ folder }) => {
  const manifest = readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8');
  expect((JSON.parse(manifest) as { readonly files?: readonly string[] }).files).toContain(
    'CHANGELOG.md',
  );
});
