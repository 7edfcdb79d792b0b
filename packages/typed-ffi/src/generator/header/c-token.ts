/** A comment before a token, where it stands in its file. */
export interface CComment {
  readonly text: string;
  readonly file: string;
  readonly startLine: number;
  readonly endLine: number;
}

/** A token of preprocessed C. */
export interface CToken {
  readonly kind: 'end' | 'name' | 'number' | 'punctuator' | 'string';
  readonly text: string;
  readonly file: string;
  readonly line: number;
  /** The comments between the token before it and this one. */
  readonly comments: readonly CComment[];
}

/** A `#define`, as the header has it. */
export interface CMacro {
  readonly name: string;
  /** The files that define it; where several do, the last definition counts. */
  readonly files: readonly string[];
  readonly takesArguments: boolean;
  readonly isEmpty: boolean;
}

/** Preprocessed C as tokens, with the macros that were defined at its end. */
export interface CSource {
  readonly tokens: readonly CToken[];
  readonly macros: readonly CMacro[];
}

const TOKEN =
  /(?<space>[ \t\f\v\r]+)|(?<newline>\n)|(?<comment>\/\*[^]*?\*\/|\/\/[^\n]*)|(?<name>[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*)|(?<number>\.?\d(?:[eEpP][+-]|[\w.])*)|(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?<punctuator>\.\.\.|<<|>>|<=|>=|==|!=|&&|\|\||->|\+\+|--|##|[^])/y;

/** Cuts preprocessed C, with comments and `#define` lines kept, into tokens. */
export function tokenize(text: string): CSource {
  const tokens: CToken[] = [];
  const macros = new Map<string, CMacro>();
  const definedIn = new Map<string, string[]>();
  let comments: CComment[] = [];
  let file = '';
  let line = 1;
  let atStart = true;

  const directive = (content: string): void => {
    const marker = /^#\s*(?:line\s+)?(\d+)\s+"((?:[^"\\]|\\.)*)"/.exec(content);
    if (marker !== null) {
      // The line after the marker has its number; the newline of the marker itself counts.
      line = Number(marker[1]) - 1;
      file = (marker[2] ?? '').replaceAll(/\\(.)/g, '$1');
      return;
    }
    const define = /^#\s*define\s+([A-Za-z_$][\w$]*)(\()?(.*)/.exec(content);
    if (define !== null) {
      const [, name = '', paren, body = ''] = define;
      const files = [...(definedIn.get(name) ?? []), file];
      definedIn.set(name, files);
      macros.set(name, {
        name,
        files,
        takesArguments: paren !== undefined,
        isEmpty: body.trim() === '',
      });
      return;
    }
    const removed = /^#\s*undef\s+([A-Za-z_$][\w$]*)/.exec(content);
    if (removed !== null) macros.delete(removed[1] ?? '');
  };

  let at = 0;
  while (at < text.length) {
    if (atStart && text[at] === '#') {
      const end = text.indexOf('\n', at);
      const stop = end < 0 ? text.length : end;
      directive(text.slice(at, stop));
      at = stop;
      continue;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) break;
    const [found] = match;
    at += found.length;
    const { space, newline, comment, name, number, string } = match.groups ?? {};
    if (space !== undefined) continue;
    if (newline !== undefined) {
      line++;
      atStart = true;
      continue;
    }
    atStart = false;
    if (comment !== undefined) {
      const endLine = line + (comment.match(/\n/g)?.length ?? 0);
      comments.push({ text: comment, file, startLine: line, endLine });
      line = endLine;
      continue;
    }
    const kind =
      name !== undefined
        ? 'name'
        : number !== undefined
          ? 'number'
          : string !== undefined
            ? 'string'
            : 'punctuator';
    tokens.push({ kind, text: found, file, line, comments });
    comments = [];
  }
  tokens.push({ kind: 'end', text: '', file, line, comments });
  return { tokens, macros: [...macros.values()] };
}
