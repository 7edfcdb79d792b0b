import type { RandomSource } from '../random-source.ts';

/** Renders the next message of a template. */
export type MessageRenderer = () => Buffer;

/** Where a template takes its changing parts from. */
export interface TemplateSources {
  readonly random: RandomSource;
  /** Returns the number of the message among those of the run, from 0. */
  readonly count: () => number;
  /** The names of values that `{{name}}` stands for. @default none */
  readonly names?: ReadonlySet<string>;
  /** Returns the value of one of these names. */
  readonly valueNamed?: (name: string) => string;
}

const PLACEHOLDER = /\\\{\{|\{\{([^{}]*)\}\}/g;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Tells whether a message has placeholders, or the escape of one. */
export function isTemplate(message: string): boolean {
  return /\\\{\{|\{\{[^{}]*\}\}/.test(message);
}

/** Returns random small letters and digits. */
export function randomText(length: number, random: RandomSource): string {
  let text = '';
  for (let position = 0; position < length; position += 1) {
    text += LETTERS[Math.floor(random() * LETTERS.length)] ?? '';
  }
  return text;
}

function parsePlaceholder(
  placeholder: string,
  sources: TemplateSources,
  encode: (value: string) => string,
): () => string {
  const { random, count, names, valueNamed } = sources;
  if (placeholder === 'counter') return () => String(count());
  if (names?.has(placeholder) === true && valueNamed !== undefined) {
    return () => encode(valueNamed(placeholder));
  }
  const text = /^random:(\d{1,7})$/.exec(placeholder);
  if (text !== null) return () => randomText(Number(text[1]), random);
  const integer = /^int:(\d{1,15})\.\.(\d{1,15})$/.exec(placeholder);
  if (integer !== null && Number(integer[1]) <= Number(integer[2])) {
    const [min, max] = [Number(integer[1]), Number(integer[2])];
    return () => String(min + Math.floor(random() * (max - min + 1)));
  }
  const known = [...(names ?? [])].map((name) => `, {{${name}}}`).join('');
  throw new RangeError(
    `Cannot use the placeholder '{{${placeholder}}}': allowed are {{counter}}, {{random:<length>}} ` +
      `and {{int:<min>..<max>}}${known}`,
  );
}

/**
 * Compiles a template to a function that renders it: `{{counter}}` counts the messages of the run
 * from 0, `{{random:8}}` is 8 random small letters and digits, `{{int:1..6}}` a random whole number
 * with both bounds included, and `{{name}}` a value of that name, passed through `encode`. `\{{`
 * stands for `{{` itself.
 *
 * @throws {RangeError} when a placeholder is unknown
 */
export function compileText(
  template: string,
  sources: TemplateSources,
  encode: (value: string) => string = (value) => value,
): () => string {
  const parts: (string | (() => string))[] = [];
  let end = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    const [text, placeholder] = match;
    parts.push(
      template.slice(end, match.index),
      placeholder === undefined ? '{{' : parsePlaceholder(placeholder, sources, encode),
    );
    end = match.index + text.length;
  }
  parts.push(template.slice(end));
  return () => parts.map((part) => (typeof part === 'string' ? part : part())).join('');
}

/**
 * Compiles a template to a function that renders messages, as {@link compileText} does.
 *
 * @throws {RangeError} when a placeholder is unknown
 */
export function compileTemplate(template: string, sources: TemplateSources): MessageRenderer {
  const render = compileText(template, sources);
  return () => Buffer.from(render());
}
