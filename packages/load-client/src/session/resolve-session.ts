import { inspect } from 'node:util';
import { requireBoolean, requireOneOf } from '@sockpool/option-checks';
import { checkHeaders, type HeaderFields } from '../messages/header-fields.ts';
import {
  checkHttpRequest,
  HTTP_VERSIONS,
  ownFieldsOf,
  type HttpVersion,
} from '../http/http-requests.ts';
import { resolveThinkTime, type ThinkTime } from '../model/think-time.ts';
import { requireKnown, requireNumber } from '../option-checks.ts';
import type {
  ResolvedSessionOptions,
  ResolvedSessionStep,
  SessionExtraction,
  SessionOptions,
  SessionStep,
} from './session-options.ts';
import { compileStep, mergeHeaders } from './compiled-step.ts';
import { compileText } from '../messages/message-template.ts';

const SESSION_OPTIONS = ['steps', 'values', 'headers', 'version', 'cookies', 'newConnection'];
const STEP_OPTIONS = [
  'name',
  'thinkMs',
  'request',
  'headers',
  'body',
  'json',
  'message',
  'expectStatus',
  'expect',
  'expectMatch',
  'extract',
];
const VALUE_NAME = /^[A-Za-z_][\w-]*$/;
const SOURCES = ['cookie', 'header', 'json', 'regex'] as const;
const HTTP_ONLY = ['headers', 'body', 'json', 'expectStatus'] as const;

function wrong(name: string, allowed: string, value: unknown): never {
  throw new TypeError(`Option ${name} must be ${allowed}, got ${inspect(value)}`);
}

function optionalText(name: string, value: unknown): string | null {
  if (value === undefined) return null;
  return typeof value === 'string' ? value : wrong(name, 'a text', value);
}

function checkRegex(name: string, pattern: string): void {
  try {
    RegExp(pattern);
  } catch {
    wrong(name, 'a regular expression', pattern);
  }
}

function checkValueName(of: string, name: string): void {
  if (VALUE_NAME.test(name) && name !== 'counter') return;
  throw new TypeError(
    `Cannot call a value of ${of} '${name}': a name has letters, digits, '_' and '-', begins with no digit, and is not 'counter'`,
  );
}

function checkExtraction(name: string, value: unknown, isHttp: boolean): SessionExtraction {
  const [source, ...others] = SOURCES.filter(
    (each) => typeof (value as Partial<Record<string, unknown>> | null)?.[each] === 'string',
  );
  if (source === undefined || others.length > 0 || Object.keys(value as object).length > 1) {
    wrong(
      name,
      "one of { cookie }, { header }, { json } and { regex }, such as { json: '/id' }",
      value,
    );
  }
  const text = (value as Record<string, string>)[source] ?? '';
  if (!isHttp && (source === 'cookie' || source === 'header')) {
    throw new TypeError(
      `Cannot use ${name}.${source}: only HTTP has ${source}s; use json or regex`,
    );
  }
  if (source === 'json' && text !== '' && !text.startsWith('/')) {
    wrong(`${name}.json`, "a JSON pointer such as '/items/0/id'", text);
  }
  if (source === 'regex') checkRegex(`${name}.regex`, text);
  return value as SessionExtraction;
}

/** Checks one step, and that what it uses is known by then; adds the names of what it extracts. */
function resolveStep(
  step: SessionStep,
  where: string,
  isHttp: boolean,
  session: { readonly headers: HeaderFields; readonly version: HttpVersion },
  thinkMs: ThinkTime | null,
  known: Set<string>,
): ResolvedSessionStep {
  requireKnown(where, step, STEP_OPTIONS);
  const text = isHttp ? step.request : step.message;
  if (typeof text !== 'string' || text === '') {
    wrong(
      `${where}.${isHttp ? 'request' : 'message'}`,
      isHttp ? "such as 'GET /path'" : 'a text',
      text,
    );
  }
  if (isHttp && step.message !== undefined) {
    throw new TypeError(`Cannot use ${where}.message beside requests: give each step a request`);
  }
  const only = isHttp ? undefined : HTTP_ONLY.find((name) => step[name] !== undefined);
  if (only !== undefined) {
    throw new TypeError(
      `Cannot use ${where}.${only} without HTTP: give each step a request instead of a message`,
    );
  }
  const { headers = {}, body, json, extract = {}, expectStatus } = step;
  if (isHttp) {
    checkHttpRequest(text);
    if (text.startsWith('HEAD ')) {
      throw new TypeError(`Cannot use HEAD in ${where}: its reply ends differently; use GET`);
    }
    checkHeaders(headers, ownFieldsOf(session.version));
  }
  if (body !== undefined && json !== undefined) {
    throw new TypeError(`Cannot use ${where}.body and ${where}.json together: give one of them`);
  }
  const expectMatch = optionalText(`${where}.expectMatch`, step.expectMatch);
  const resolved: ResolvedSessionStep = {
    name: optionalText(`${where}.name`, step.name) ?? text,
    thinkMs:
      step.thinkMs === undefined ? thinkMs : resolveThinkTime(`${where}.thinkMs`, step.thinkMs),
    text,
    headers: mergeHeaders(session.headers, headers),
    body: optionalText(`${where}.body`, body),
    json,
    expectStatus:
      expectStatus === undefined
        ? null
        : requireNumber(`${where}.expectStatus`, expectStatus, { min: 200, max: 599, whole: true }),
    expect: optionalText(`${where}.expect`, step.expect),
    expectMatch,
    extract,
  };
  let pattern: string;
  try {
    const render = compileStep(resolved, isHttp, {
      random: () => 0,
      count: () => 0,
      names: known,
      valueNamed: () => '',
    });
    pattern = render().pattern ?? '';
  } catch (error) {
    throw new TypeError(`${(error as Error).message} (in ${where})`, { cause: error });
  }
  checkRegex(`${where}.expectMatch`, pattern);
  for (const [name, extraction] of Object.entries(extract)) {
    checkValueName(`${where}.extract`, name);
    checkExtraction(`${where}.extract.${name}`, extraction, isHttp);
    known.add(name);
  }
  return resolved;
}

/**
 * Checks session options and fills in the defaults; the input is not changed.
 *
 * @param thinkMs how long clients think before steps that don't say so themselves
 * @throws {TypeError} when an option is unknown or can't be used, or a step uses a value that no
 *   step before it extracts
 * @throws {RangeError} when a number is out of range
 */
export function resolveSession(
  options: SessionOptions,
  thinkMs: ThinkTime | null,
): ResolvedSessionOptions {
  requireKnown('session', options, SESSION_OPTIONS);
  const { steps, values = {}, headers = {}, cookies = true, newConnection = false } = options;
  if (!Array.isArray(steps) || steps.length === 0) {
    wrong('session.steps', 'a list of one step or more', steps);
  }
  const version = requireOneOf('session.version', options.version ?? '1.1', HTTP_VERSIONS);
  const isHttp = steps.some((step: Partial<SessionStep> | null) => step?.request !== undefined);
  checkHeaders(headers, ownFieldsOf(version));
  const known = new Set<string>();
  for (const [name, value] of Object.entries(values)) {
    checkValueName('session.values', name);
    if (typeof value !== 'string') wrong(`session.values.${name}`, 'a text', value);
    compileText(value, { random: () => 0, count: () => 0, names: known, valueNamed: () => '' });
    known.add(name);
  }
  const resolved = (steps as readonly SessionStep[]).map((step, index) =>
    resolveStep(step, `session.steps[${index}]`, isHttp, { headers, version }, thinkMs, known),
  );
  const names = new Set<string>();
  for (const [index, { name }] of resolved.entries()) {
    if (names.has(name) || /[,[\]]/.test(name) || name === '') {
      wrong(
        `session.steps[${index}].name`,
        "unlike the others', and without commas and brackets",
        name,
      );
    }
    names.add(name);
  }
  return {
    isHttp,
    steps: resolved,
    values: { ...values },
    version,
    cookies: requireBoolean('session.cookies', cookies),
    newConnection: requireBoolean('session.newConnection', newConnection),
  };
}
