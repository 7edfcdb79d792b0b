import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isRelative } from './repository-links.ts';

interface Page {
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly string[];
  /** What the page loads from another host by itself. */
  readonly foreign: readonly string[];
}

function attributes(html: string, name: string): string[] {
  return Array.from(html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g')), ([, value = '']) =>
    value.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'"),
  );
}

function readPage(file: string): Page {
  const html = readFileSync(file, 'utf8');
  const loading = Array.from(
    html.matchAll(/<(?:script|img|iframe|link|source|video|audio)\b[^>]*>/g),
    ([tag]) => tag,
  );
  return {
    anchors: new Set([...attributes(html, 'id'), ...attributes(html, 'name')]),
    links: [...attributes(html, 'href'), ...attributes(html, 'src')],
    foreign: loading
      .flatMap((tag) => attributes(tag, '(?:src|href)'))
      .filter((address) => /^(?:https?:)?\/\//.test(address)),
  };
}

/**
 * Checks every page of a built site: each link inside of it leads to a page and an anchor that
 * exist, and nothing is loaded from another host.
 *
 * @param site the folder of the site
 * @returns how many pages there are
 * @throws {Error} with every fault on a line of its own
 */
export function checkPages(site: string): number {
  const files = globSync('**/*.html', { cwd: site }).toSorted();
  const pages = new Map(files.map((file) => [file, readPage(path.join(site, file))]));
  const faults: string[] = [];
  for (const [file, { links, foreign }] of pages) {
    for (const address of foreign) faults.push(`${file} loads ${address}`);
    for (const link of links) {
      if (!isRelative(link) && !link.startsWith('#')) continue;
      const [target = '', anchor = ''] = link.split('#');
      const linked =
        target === '' ? file : path.join(path.dirname(file), decodeURIComponent(target));
      const wanted = decodeURIComponent(anchor);
      const page = pages.get(linked) ?? pages.get(path.join(linked, 'index.html'));
      const exists =
        page !== undefined ||
        statSync(path.join(site, linked), { throwIfNoEntry: false })?.isFile() === true;
      if (!exists) faults.push(`${file} links to ${link}, which is not there`);
      else if (page !== undefined && wanted !== '' && !page.anchors.has(wanted))
        faults.push(`${file} links to ${link}, which has no such anchor`);
    }
  }
  if (faults.length > 0)
    throw new Error(`Cannot publish the site: ${faults.length} faults\n${faults.join('\n')}`);
  return files.length;
}
