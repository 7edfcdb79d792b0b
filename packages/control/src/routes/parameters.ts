import { nearestName } from '@sockpool/option-checks';
import { RefusedRequest } from '../control-error.ts';

/** What a parameter of a request may be. */
export interface Parameter {
  readonly type: 'integer' | 'boolean' | 'string';
  readonly description: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly default?: number | boolean | string;
  readonly required?: boolean;
}

/** Parameters by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** What was given, checked: what is not there was not given and has no default. */
export type Given = Readonly<Record<string, number | boolean | string>>;

/**
 * Checks the query of a request.
 *
 * @param query the query
 * @param known the parameters that there are
 * @param of whose they are, for messages
 * @throws {RefusedRequest} when one is wrong, unknown or there twice
 */
export function readQuery(query: URLSearchParams, known: Parameters, of: string): Given {
  const names = [...query.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new RefusedRequest(
      400,
      `Parameter ${twice.slice(0, 100)} of ${of} must be there once, got it twice`,
    );
  }
  const values = Object.entries(known).map(([name, { type }]) => {
    const text = query.get(name);
    if (text === null) return [name, undefined];
    if (type === 'integer') return [name, /^-?\d{1,16}$/.test(text) ? Number(text) : text];
    if (type === 'boolean') return [name, text === 'true' || (text === 'false' ? false : text)];
    return [name, text];
  });
  return check(names, Object.fromEntries(values) as Record<string, unknown>, known, of);
}

/**
 * Checks the body of a request.
 *
 * @param body what the JSON was; undefined without a body
 * @param known the fields that there are
 * @param of whose they are, for messages
 * @throws {RefusedRequest} when it is no object, or a field is wrong or unknown
 */
export function readFields(body: unknown, known: Parameters, of: string): Given {
  const fields = body === undefined ? {} : body;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new RefusedRequest(400, `The body of ${of} must be a JSON object`);
  }
  return check(Object.keys(fields), fields as Record<string, unknown>, known, of);
}

function check(
  names: readonly string[],
  values: Readonly<Record<string, unknown>>,
  known: Parameters,
  of: string,
): Given {
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) throw new RefusedRequest(400, unknownParameter(unknown, known, of));
  const given: Record<string, number | boolean | string> = {};
  for (const [name, parameter] of Object.entries(known)) {
    const value = values[name] ?? parameter.default;
    if (value === undefined) {
      if (parameter.required !== true) continue;
      throw new RefusedRequest(
        400,
        `Parameter ${name} of ${of} must be ${wanted(parameter)}, got none`,
      );
    }
    if (!fits(value, parameter)) {
      const shown = JSON.stringify(value)?.slice(0, 100);
      throw new RefusedRequest(
        400,
        `Parameter ${name} of ${of} must be ${wanted(parameter)}, got ${shown}`,
      );
    }
    given[name] = value;
  }
  return given;
}

function fits(value: unknown, parameter: Parameter): value is number | boolean | string {
  const { type, minimum = -Infinity, maximum = Infinity, pattern, enum: choices } = parameter;
  if (type === 'integer') {
    return (
      typeof value === 'number' &&
      Number.isSafeInteger(value) &&
      value >= minimum &&
      value <= maximum
    );
  }
  if (typeof value !== type) return false;
  if (typeof value !== 'string') return true;
  if (choices !== undefined && !choices.includes(value)) return false;
  return pattern === undefined || new RegExp(pattern).test(value);
}

function wanted({ type, minimum, maximum, pattern, enum: choices }: Parameter): string {
  if (choices !== undefined) return `one of ${choices.join(', ')}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'string') return `a string${pattern === undefined ? '' : ` that fits ${pattern}`}`;
  const upTo = maximum === undefined ? '' : ` up to ${maximum}`;
  return `a whole number from ${minimum ?? 0}${upTo}`;
}

function unknownParameter(name: string, known: Parameters, of: string): string {
  const names = Object.keys(known);
  const shown = name.slice(0, 100);
  const nearest = nearestName(shown, names);
  const meant = nearest === undefined ? '' : ` did you mean ${nearest}?`;
  const allowed = names.length === 0 ? ' there are none' : ` Allowed are ${names.join(', ')}`;
  return `Unknown parameter ${shown} of ${of}:${meant}${allowed}`;
}
