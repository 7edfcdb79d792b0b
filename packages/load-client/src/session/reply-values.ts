import { headLength } from '../http/http-reply-head.ts';
import type { SessionExtraction } from './session-options.ts';

/** A reply in its parts: its body (all of it without HTTP), and its header fields. */
export interface ReplyParts {
  readonly body: Buffer;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Takes a reply apart. */
export function takeApart(reply: Buffer, isHttp: boolean): ReplyParts {
  if (!isHttp) return { body: reply, fields: [] };
  const length = headLength(reply);
  const [, ...lines] = reply.toString('latin1', 0, length).trimEnd().split(/\r?\n/);
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { body: reply.subarray(length), fields };
}

/** Returns every value of a header field. */
export function fieldsOf({ fields }: ReplyParts, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return fields.filter(([each]) => each === wanted).map(([, value]) => value);
}

/** Returns what a JSON pointer leads to (RFC 6901), or undefined. */
function follow(pointer: string, root: unknown): unknown {
  const tokens = pointer.split('/').slice(1);
  let value = root;
  for (const token of tokens) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function ofJson(pointer: string, { body }: ReplyParts): string | Missing {
  let root: unknown;
  try {
    root = JSON.parse(body.toString());
  } catch {
    return { missing: 'the reply is not JSON' };
  }
  const value = follow(pointer, root);
  if (value === undefined || value === null)
    return { missing: `the reply has nothing at '${pointer}'` };
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Why there is no value. */
export interface Missing {
  readonly missing: string;
}

/** Returns the value that a reply has, or why it has none. */
export function extractValue(extraction: SessionExtraction, parts: ReplyParts): string | Missing {
  if ('json' in extraction) return ofJson(extraction.json, parts);
  if ('regex' in extraction) {
    const match = new RegExp(extraction.regex).exec(parts.body.toString());
    const value = match?.[1] ?? match?.[0];
    return value ?? { missing: `nothing in the reply matches /${extraction.regex}/` };
  }
  if ('header' in extraction) {
    const [value] = fieldsOf(parts, extraction.header);
    return value ?? { missing: `the reply has no header field '${extraction.header}'` };
  }
  const start = `${extraction.cookie}=`;
  const cookie = fieldsOf(parts, 'set-cookie').findLast((each) => each.startsWith(start));
  return (
    cookie?.slice(start.length).split(';', 1)[0]?.trim() ?? {
      missing: `the reply sets no cookie '${extraction.cookie}'`,
    }
  );
}
