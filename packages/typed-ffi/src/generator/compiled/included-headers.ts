import { basename, dirname, extname, join } from 'node:path';

import type { CHeader } from '../header/c-type.ts';

/** Makes a pattern such as `git2/*.h` match the end of a path; `**` matches folders too. */
function patternOf(glob: string): RegExp {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === '**'
        ? '.*'
        : part === '*'
          ? '[^/]*'
          : part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`),
    )
    .join('');
  return new RegExp(`(^|/)${source}$`);
}

/** Returns which files' declarations are taken: the header's, and those of some it includes. */
export function fileFilter(path: string, also: readonly string[]): (file: string) => boolean {
  const patterns = also.map(patternOf);
  return (file) => file === path || patterns.some((pattern) => pattern.test(file));
}

/**
 * Says which functions of headers that belong to this one are not taken, and the option
 * that takes them; empty when there are none.
 */
export function untakenNote(
  path: string,
  header: CHeader,
  takes: (file: string) => boolean,
): string {
  const functions = [...header.functions.values()];
  const own = functions.some(({ files }) => files.includes(path));
  const some = own || functions.some(({ files }) => files.some(takes));
  const folder = dirname(path);
  const namesake = join(folder, basename(path, extname(path)));
  const isRoot = /(^|\/)include(\/[\w]+-[\w-]+)?$/.test(folder);
  const related = new Map<string, number>();
  const unrelated = new Map<string, number>();
  for (const { files, isLocal } of functions) {
    const [file = ''] = files;
    if (isLocal || files.some(takes)) continue;
    const belongs = file.startsWith(`${namesake}/`) || (!isRoot && file.startsWith(`${folder}/`));
    const counts = belongs ? related : unrelated;
    counts.set(file, (counts.get(file) ?? 0) + 1);
  }
  // Of a header that declares nothing, any other may be what is meant.
  const counts = related.size > 0 || some ? related : unrelated;
  if (counts.size === 0) return '';
  const files = [...counts].toSorted(([, a], [, b]) => b - a);
  const shown = files.slice(0, 4).map(([file, count]) => `${basename(file)} (${count})`);
  const more = files.length > 4 ? ` and ${files.length - 4} more` : '';
  const [first = ''] = files[0] ?? [];
  const pattern = first.startsWith(`${namesake}/`)
    ? `${basename(namesake)}/**`
    : `${basename(dirname(first))}/*`;
  return (
    `${own ? '' : `it declares no function itself; `}functions of headers that it includes are not taken: ` +
    `${shown.join(', ')}${more}; --also '${pattern}' takes them`
  );
}
