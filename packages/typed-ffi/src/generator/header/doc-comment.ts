import type { CToken } from './c-token.ts';

const isDoc = (text: string): boolean => /^(\/\*[*!](?!\/)|\/\/[/!])/.test(text);
const isTrailing = (text: string): boolean => /^(\/\*[*!]<|\/\/[/!]<)/.test(text);

/** Takes the frame of stars away from a comment, and returns its text. */
export function textOfComment(comment: string): string {
  const body = comment.startsWith('//')
    ? comment.replace(/^\/\/[/!]?<? ?/, '')
    : comment.replace(/^\/\*[*!]?<?/, '').replace(/\**\*\/$/, '');
  const lines = body.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd());
  while (lines[0] === '') lines.shift();
  while (lines.at(-1) === '') lines.pop();
  return lines.map((line, i) => (i === 0 ? line.trimStart() : line)).join('\n');
}

/**
 * Returns the documentation comment that belongs to the declaration that begins with a
 * token: the last before it, with a blank line between at most, unless it is of the kind
 * (`/**<`) that belongs to what stands before it.
 */
export function docBefore(token: CToken): string {
  const last = token.comments.at(-1);
  if (last === undefined || !isDoc(last.text) || isTrailing(last.text)) return '';
  if (last.file !== token.file || token.line - last.endLine > 2 || token.line < last.endLine) {
    return '';
  }
  if (!last.text.startsWith('//')) return textOfComment(last.text);
  // A row of line comments is one text.
  const row = [last];
  for (const comment of token.comments.slice(0, -1).toReversed()) {
    const below = row[0] ?? last;
    if (!isDoc(comment.text) || isTrailing(comment.text)) break;
    if (!comment.text.startsWith('//') || below.startLine - comment.endLine !== 1) break;
    row.unshift(comment);
  }
  return row.map(({ text }) => textOfComment(text)).join('\n');
}

/** Returns the comment of the kind `/**<` that stands after a token, before the next one. */
export function docAfter(token: CToken, next: CToken): string {
  const comments = token === next ? token.comments : [...token.comments, ...next.comments];
  const after = comments.filter(({ text }) => isTrailing(text));
  return after.map(({ text }) => textOfComment(text)).join('\n');
}
