import path from 'node:path/posix';
import GithubSlugger from 'github-slugger';
import { lexer, type Token, type Tokens, walkTokens } from 'marked';

/** The Markdown files of a repository, and the names of all its files. */
export interface DocumentTree {
  /** Every file of the repository, relative to the root, with forward slashes. */
  readonly files: readonly string[];
  /** The text of each Markdown file. */
  readonly documents: Readonly<Record<string, string>>;
}

interface Document {
  readonly links: readonly string[];
  /** The fragments that its headings have on the web. */
  readonly anchors: ReadonlySet<string>;
}

/**
 * Finds the relative links that lead nowhere: to a file that the repository doesn't have, or to a
 * heading that a Markdown file of it doesn't have. A link that begins with `/` starts at the root.
 *
 * @returns one line for each
 */
export function linkErrors({ files, documents }: DocumentTree): string[] {
  const targets = new Set(['.', ...files.flatMap(withFolders)]);
  const parsed = new Map(
    Object.entries(documents).map(([file, text]) => [file, readDocument(text)]),
  );
  return [...parsed].flatMap(([file, { links }]) =>
    links.filter(isRelative).flatMap((link) => {
      const { target, fragment } = resolveLink(file, link);
      if (!targets.has(target)) return [`${file}: the link '${link}' leads to no file`];
      const anchors = parsed.get(target)?.anchors;
      if (fragment === '' || anchors === undefined || anchors.has(fragment)) return [];
      return [`${file}: the link '${link}' leads to no heading of ${target}`];
    }),
  );
}

/** Gives a file and every folder that it is in. */
function withFolders(file: string): string[] {
  const parts = file.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Whether a link is neither an absolute URL nor one without a scheme of its own (`//host`). */
function isRelative(link: string): boolean {
  return !URL.canParse(link) && !link.startsWith('//');
}

function resolveLink(file: string, link: string): { target: string; fragment: string } {
  const [, encoded = '', fragment = ''] = /^([^?#]*)(?:\?[^#]*)?(?:#(.*))?$/s.exec(link) ?? [];
  const name = decoded(encoded);
  if (name === '') return { target: file, fragment };
  const joined = name.startsWith('/') ? name.slice(1) : path.join(path.dirname(file), name);
  return { target: path.normalize(joined).replace(/\/$/, '') || '.', fragment };
}

/** Decodes a link's `%20` and the like; a link that can't be decoded is a name as it stands. */
function decoded(link: string): string {
  try {
    return decodeURIComponent(link);
  } catch {
    return link;
  }
}

/** Reads the links and headings of a Markdown text; code is none of either. */
export function readDocument(markdown: string): Document {
  const links: string[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  walkTokens(lexer(markdown), (token: Token) => {
    if (token.type === 'link' || token.type === 'image') {
      links.push((token as Tokens.Link | Tokens.Image).href);
    } else if (token.type === 'heading') {
      anchors.add(slugger.slug(plainText((token as Tokens.Heading).tokens)));
    } else if (token.type === 'html') {
      for (const [, attribute = '', , value = ''] of (token as Tokens.HTML).raw.matchAll(
        /\s(href|src|id|name)=(["'])(.*?)\2/g,
      )) {
        if (attribute === 'href' || attribute === 'src') links.push(value);
        else anchors.add(value);
      }
    }
  });
  return { links, anchors };
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) =>
      'tokens' in token && token.tokens !== undefined
        ? plainText(token.tokens)
        : (token as Tokens.Text).text,
    )
    .join('');
}
