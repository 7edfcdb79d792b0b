import type { HeaderFields } from '../messages/header-fields.ts';
import { compileText, type TemplateSources } from '../messages/message-template.ts';
import type { ResolvedSessionStep } from './session-options.ts';

/** A step as it is sent. */
export interface RenderedStep {
  /** The message: of HTTP method and target, a line end, and the body. */
  readonly message: Buffer;
  readonly headers: Record<string, string | readonly string[]>;
  readonly expected: Buffer | null;
  /** The regular expression that a right body, or reply, matches. */
  readonly pattern: string | null;
}

/** Writes what no target of HTTP may hold as URLs do. */
const inTarget = (text: string): string =>
  text.replaceAll(/[^\x21-\x7E]+/g, (part) => encodeURIComponent(part.toWellFormed()));

/** Writes what no header field may hold as URLs do. */
const inHeader = (text: string): string =>
  text.replaceAll(/[^\x20-\x7E]+/g, (part) => encodeURIComponent(part.toWellFormed()));

/** Writes a value so that it matches itself within a regular expression. */
const inRegex = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Compiles every text within a value of JSON. */
function compileJson(value: unknown, sources: TemplateSources): () => unknown {
  if (typeof value === 'string') return compileText(value, sources);
  if (Array.isArray(value)) {
    const items = value.map((item) => compileJson(item, sources));
    return () => items.map((item) => item());
  }
  if (typeof value !== 'object' || value === null) return () => value;
  const fields = Object.entries(value).map(
    ([name, field]) => [name, compileJson(field, sources)] as const,
  );
  return () => Object.fromEntries(fields.map(([name, render]) => [name, render()]));
}

function compileBody({ body, json }: ResolvedSessionStep, sources: TemplateSources): () => string {
  if (json === undefined) return compileText(body ?? '', sources);
  const render = compileJson(json, sources);
  return () => JSON.stringify(render());
}

/** Puts header fields over others; names are the same in any case. */
export function mergeHeaders(below: HeaderFields, above: HeaderFields): HeaderFields {
  const names = new Set(Object.keys(above).map((name) => name.toLowerCase()));
  const kept = Object.entries(below).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...above };
}

/**
 * Compiles the templates of a step.
 *
 * @throws {RangeError} when a placeholder is unknown
 */
export function compileStep(
  step: ResolvedSessionStep,
  isHttp: boolean,
  sources: TemplateSources,
): () => RenderedStep {
  const line = compileText(step.text, sources, isHttp ? inTarget : undefined);
  const body = compileBody(step, sources);
  const given =
    step.json === undefined
      ? step.headers
      : mergeHeaders({ 'Content-Type': 'application/json' }, step.headers);
  const fields = Object.entries(given).map(
    ([name, values]) =>
      [name, [values].flat().map((value) => compileText(value, sources, inHeader))] as const,
  );
  const expect = step.expect === null ? null : compileText(step.expect, sources);
  const { expectMatch } = step;
  const match = expectMatch === null ? null : compileText(expectMatch, sources, inRegex);
  return () => ({
    message: Buffer.from(isHttp ? `${line()}\n${body()}` : line()),
    headers: Object.fromEntries(
      fields.map(([name, values]) => [name, values.map((render) => render())]),
    ),
    expected: expect === null ? null : Buffer.from(expect()),
    pattern: match?.() ?? null,
  });
}
