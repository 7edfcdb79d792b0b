import path from 'node:path';
import {
  type Application,
  type Context,
  Converter,
  type DocumentReflection,
  MarkdownEvent,
  type PageEvent,
  type ProjectReflection,
  type Reflection,
} from 'typedoc';
import { type PublishedPackage, ROOT } from './published-packages.ts';
import { isRelative, repositoryAddress } from './repository-links.ts';

/** What is used here of a token of markdown-it. */
interface Token {
  type: string;
  content: string;
  tag: string;
  children: Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

interface MarkdownIt {
  readonly core: {
    readonly ruler: {
      push(
        name: string,
        rule: (state: {
          readonly tokens: Token[];
          readonly Token: new (type: string, tag: string, nesting: number) => Token;
        }) => void,
      ): void;
    };
  };
}

/** The folder that a page's text was written in: its links start there. */
function sourceFolder(
  model: Reflection,
  project: ProjectReflection,
  packages: readonly PublishedPackage[],
): string | undefined {
  const document = project.files.getReflectionPath(model);
  if (document !== undefined) return path.dirname(document);
  if (model.isProject()) return ROOT;
  return packages.find(({ name }) => name === model.name)?.folder;
}

/**
 * Calls each document what its first heading says, instead of by its path, and sorts them into
 * guides, recipes and what is about the project.
 */
export function nameDocuments(app: Application): void {
  app.converter.on(
    Converter.EVENT_CREATE_DOCUMENT,
    (_context: Context | undefined, document: DocumentReflection) => {
      const heading = /^# (.+)$/m.exec(document.content.map(({ text }) => text).join(''))?.[1];
      const file = document.project.files.getReflectionPath(document) ?? '';
      const folder = path.relative(ROOT, path.dirname(file));
      document.name = heading ?? document.name;
      document.frontmatter['group'] =
        folder === '' ? 'Project' : path.basename(folder) === 'recipes' ? 'Recipes' : 'Guides';
    },
    // Before TypeDoc reads the group.
    100,
  );
}

/**
 * Makes the pages of texts that are written to be read on GitHub: headings with code in them get
 * the anchors that GitHub gives them, and links to what is no page lead to the repository.
 */
export function writeForGithub(app: Application, packages: readonly PublishedPackage[]): void {
  let page: PageEvent<Reflection> | undefined;
  app.renderer.on(
    MarkdownEvent.PARSE,
    (event: MarkdownEvent) => {
      page = event.page as PageEvent<Reflection>;
    },
    // Before TypeDoc parses the text.
    100,
  );

  function addressOf(href: string): string {
    if (page === undefined || !isRelative(href)) return href;
    const [target = '', ...rest] = href.split('#');
    const anchor = rest.length === 0 ? '' : `#${rest.join('#')}`;
    const { files } = page.project;
    const copied = /(?:^|\/)media\/([^/]+)$/.exec(target)?.[1];
    if (copied !== undefined) {
      const file = files.getNameToAbsoluteMap().get(decodeURIComponent(copied));
      return file === undefined ? href : repositoryAddress(ROOT, file, anchor);
    }
    // TypeDoc leaves what it has no page for as it was written.
    if (target.endsWith('.html') || target === './' || /^(?:\.\.\/)*$/.test(target)) return href;
    const folder = sourceFolder(page.model, page.project, packages);
    return folder === undefined
      ? href
      : repositoryAddress(ROOT, path.resolve(folder, target), anchor);
  }

  app.options.setValue('markdownItLoader', (parser: MarkdownIt) => {
    parser.core.ruler.push('github', ({ tokens, Token }) => {
      for (const [index, token] of tokens.entries()) {
        if (token.type !== 'inline') continue;
        const isHeading = tokens[index - 1]?.type === 'heading_open';
        token.children = (token.children ?? []).flatMap((child) => {
          if (child.type === 'link_open') {
            const href = child.attrGet('href');
            if (href !== null) child.attrSet('href', addressOf(href));
          }
          // An anchor is made of the texts of a heading, to which code does not belong by itself.
          if (!isHeading || child.type !== 'code_inline') return [child];
          const [open, text, close] = ['html_inline', 'text', 'html_inline'].map(
            (type) => new Token(type, '', 0),
          ) as [Token, Token, Token];
          open.content = '<code>';
          text.content = child.content;
          close.content = '</code>';
          return [open, text, close];
        });
      }
    });
  });
}
