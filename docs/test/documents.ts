import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const ROOT: URL = new URL('../../', import.meta.url);

/** Names the files of the repository that a pattern matches, from its folder on. */
export function filesOf(pattern: string | readonly string[]): string[] {
  return globSync(pattern, {
    cwd: fileURLToPath(ROOT),
    exclude: ['**/node_modules/**', '**/build/**'],
  }).toSorted();
}

/** Names the READMEs, the guides and the documents beside them. */
export function documentNames(): string[] {
  return filesOf(['*.md', 'docs/**/*.md', '{packages,apps}/*/README.md', 'native/README.md']);
}
