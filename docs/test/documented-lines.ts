import { readFileSync } from 'node:fs';
import { documentNames, filesOf, ROOT } from './documents.ts';

/** A command line that a document shows. */
export interface DocumentedLine {
  readonly document: string;
  /** Without its comment and the prompt. */
  readonly line: string;
}

/** What a line of code has to begin with to be one of a shell, where nothing else says so. */
const COMMAND =
  /^(?:[A-Z_]+=\S+ )*(?:\S*\/)?(?:npx|npm|pnpm|node|sockpool(?:-load|-ffi)?|zero-loss|pm2|wattpm|curl|make|git|cc|gcc|python3|nginx|haproxy|caddy|promtool|systemctl|systemd-[\w-]+|kubectl|podman|docker|apt-get) (?![<:=.,])(?!sockpool-ffi$)\S/;

/** Finds every command line in the READMEs, the guides and the files that deploy. */
export function documentedLines(): DocumentedLine[] {
  return [
    ...documentNames().flatMap((document) => linesOf(document, inMarkdown)),
    ...filesOf('apps/demo/deploy/**/*').flatMap((file) =>
      /\.(?:js|ts|json)$|\/[a-z]+$/.test(file) ? [] : linesOf(file, inConfiguration),
    ),
  ];
}

function linesOf(document: string, find: (text: string) => string[]): DocumentedLine[] {
  const text = readFileSync(new URL(document, ROOT), 'utf8');
  return [...new Set(find(text))].map((line) => ({ document, line }));
}

function inMarkdown(text: string): string[] {
  const fence = /^( *)```(\w*).*\n([^]*?)^\1```/gm;
  const blocks = [...text.matchAll(fence)].map(([, , language = '', code = '']) => [
    language,
    code,
  ]);
  const spans = text.replaceAll(fence, '').match(/`[^`\n]+`/g) ?? [];
  return [
    ...blocks.flatMap(([language = '', code = '']) => inBlock(language, code)),
    ...spans
      .map((span) => span.slice(1, -1).replaceAll('\\|', '|'))
      .filter((span) => COMMAND.test(span)),
  ];
}

function inBlock(language: string, code: string): string[] {
  const whole = code.replaceAll(/ *\\\n */g, ' ').split('\n');
  if (language === 'sh') return whole.map(bare).filter((line) => line !== '');
  if (language === 'console') return whole.filter((line) => line.startsWith('$ ')).map(bare);
  return inConfiguration(code);
}

/** In comments, in units of systemd, and in a Containerfile. */
function inConfiguration(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, comment] = /^\s*(?:\/\/|#) +(.*)$/.exec(line) ?? [];
    if (comment !== undefined) return COMMAND.test(comment) ? [bare(comment)] : [];
    const [, words] = /^CMD (\[.*\])$/.exec(line) ?? [];
    if (words !== undefined) return [(JSON.parse(words) as string[]).join(' ')];
    return /^(?:RUN |Exec[A-Z]\w*=)(.*)$/.exec(line)?.[1] ?? [];
  });
}

function bare(line: string): string {
  return line
    .replace(/^\$ /, '')
    .replace(/(?:^|\s+)# .*$/, '')
    .trim();
}
