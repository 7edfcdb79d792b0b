import { ELEMENTS, isCount, TYPED_ARRAYS } from './c-scalars.ts';
import { isConst, type CParameter, type CType } from './c-type.ts';
import type { ParameterHint } from './hints.ts';
import { mapCallback } from './map-callback.ts';
import type { ParameterFacts } from './parameter-facts.ts';
import type { MappedType, TypeMapper } from './type-mapper.ts';
import { UnmappableType, WantedHint } from './unmappable-type.ts';

/** A parameter among those of its function. */
export interface ParameterContext {
  readonly functionName: string;
  /** The names of all parameters, made up where the header has none. */
  readonly names: readonly string[];
  readonly parameters: readonly CParameter[];
  readonly index: number;
  readonly facts: ParameterFacts;
}

type Length = number | string;

/**
 * Maps a parameter. How far C goes at a pointer is taken from the hint, the bound of an
 * array, an attribute or an annotation, and from nothing else.
 *
 * @throws {WantedHint} when none of them says it.
 * @throws {UnmappableType} when it cannot be expressed.
 * @throws {TypeError} when a hint does not fit the parameter.
 */
export function mapParameter(
  mapper: TypeMapper,
  hint: ParameterHint,
  context: ParameterContext,
): MappedType {
  const mapped = new ParameterMapper(mapper, hint, context).map();
  const nullable = hint.nullable ?? context.facts.nullable ?? false;
  if (!nullable || mapped.argument === null) return mapped;
  return {
    ...mapped,
    expression: mapper.use('nullable', mapped.expression),
    argument: `${mapped.argument.includes('=>') ? `(${mapped.argument})` : mapped.argument} | null`,
  };
}

class ParameterMapper {
  readonly #mapper: TypeMapper;
  readonly #hint: ParameterHint;
  readonly #context: ParameterContext;
  readonly #name: string;
  readonly #type: CType;

  constructor(mapper: TypeMapper, hint: ParameterHint, context: ParameterContext) {
    this.#mapper = mapper;
    this.#hint = hint;
    this.#context = context;
    this.#name = context.names[context.index] ?? '';
    this.#type = context.parameters[context.index]?.type ?? { kind: 'unknown', text: 'nothing' };
  }

  map(): MappedType {
    const mapper = this.#mapper;
    const type = this.#type;
    const scalar = mapper.scalar(type);
    if (scalar !== null) {
      this.#allow([]);
      return mapper.scalarType(scalar);
    }
    const resolved = mapper.resolve(type);
    const { opaque } = this.#hint;
    if (
      opaque !== undefined &&
      opaque !== false &&
      /^(pointer|array|function)$/.test(resolved.kind)
    ) {
      this.#allow(['opaque', 'nullable', 'released', 'out', 'byref']);
      return this.#opaque(opaque === true ? null : opaque, resolved);
    }
    switch (resolved.kind) {
      case 'record': {
        this.#allow([]);
        const record = mapper.record(resolved.key);
        if (record === null) {
          throw new UnmappableType(
            `parameter '${this.#name}' is '${mapper.describe(resolved)}' by value: ${mapper.whyNot(resolved.key)}`,
          );
        }
        return mapper.same(record.name, `Readonly<${record.name}>`);
      }
      case 'array':
        return this.#array(resolved.of, resolved.bound);
      case 'function':
        return this.#callback(resolved);
      case 'pointer': {
        const target = mapper.resolve(resolved.to);
        if (target.kind === 'function') return this.#callback(target);
        return this.#pointer(resolved.to, undefined);
      }
      default:
        throw new UnmappableType(`parameter '${this.#name}' is ${mapper.noCounterpart(type)}`);
    }
  }

  /** Refuses hints that mean nothing for a parameter of this type. */
  #allow(allowed: readonly (keyof ParameterHint)[]): void {
    for (const [key, value] of Object.entries(this.#hint)) {
      if (value === false || value === undefined) continue;
      if (allowed.includes(key as keyof ParameterHint)) continue;
      const { functionName } = this.#context;
      throw new TypeError(
        `Cannot apply the hint for ${functionName}(): '${key}' does not fit ` +
          `'${this.#name}', which is '${this.#mapper.describe(this.#type)}'` +
          (allowed.length > 0 ? `; allowed are ${allowed.join(', ')}` : ''),
      );
    }
  }

  #callback(type: Parameters<typeof mapCallback>[0]): MappedType {
    this.#allow(['nullable', 'callback']);
    return mapCallback(type, this.#name, this.#hint.callback ?? {}, this.#mapper);
  }

  /** Memory of C's own: only what C gave is taken for it. */
  #opaque(tag: string | null, resolved: CType): MappedType {
    const mapper = this.#mapper;
    const { out, byref, released } = this.#hint;
    const to =
      resolved.kind === 'pointer'
        ? resolved.to
        : resolved.kind === 'array'
          ? resolved.of
          : resolved;
    if (out === true || byref === true) {
      const inner = mapper.resolve(to);
      const held = tag ?? (inner.kind === 'pointer' ? mapper.tagOf(inner.to) : mapper.tagOf(to));
      return this.#single(mapper.opaque(held), to);
    }
    const mapped = mapper.opaque(tag ?? mapper.tagOf(to));
    if (released !== true) return mapped;
    return { ...mapped, expression: mapper.use('released', mapped.expression) };
  }

  /** One value that C writes, or reads and writes. */
  #single(mapped: MappedType, to: CType): MappedType {
    const mapper = this.#mapper;
    if (this.#hint.out ?? this.#context.facts.out ?? false) {
      return {
        expression: mapper.use('out', mapped.expression),
        argument: null,
        value: mapped.value,
      };
    }
    if (isConst(to) || isConst(mapper.resolve(to))) {
      return {
        expression: mapper.use('constRef', mapped.expression),
        argument: mapped.argument,
        value: mapped.value,
      };
    }
    mapper.imports.add('type Ref');
    return mapper.same(mapper.use('byref', mapped.expression), `Ref<${mapped.value}>`);
  }

  /** An array parameter is a pointer, whose bound says how far C goes. */
  #array(of: CType, bound: string): MappedType {
    const mapper = this.#mapper;
    const row = mapper.resolve(of);
    if (row.kind !== 'array') return this.#pointer(of, this.#bound(bound));
    const outer = this.#bound(bound);
    const inner = this.#bound(row.bound);
    const element = mapper.scalar(row.of);
    if (element === null || element === 'bool' || inner === undefined) {
      this.#allow([]);
      throw new UnmappableType(
        `parameter '${this.#name}' is '${mapper.describe(this.#type)}', an array of arrays of what is no number`,
      );
    }
    this.#allow(['rows', 'columns', 'length', 'unchecked', 'nullable']);
    const { rows, columns } = this.#hint;
    if (rows !== undefined && columns !== undefined) {
      const shape = [
        `rows: ${this.#written(rows)}`,
        `columns: ${this.#written(columns)}`,
        `stride: ${this.#written(inner)}`,
      ];
      const expression = mapper.use(
        'matrix',
        `'${ELEMENTS[element] ?? element}'`,
        `{ ${shape.join(', ')} }`,
      );
      const labels = [rows, columns, inner].flatMap((one) => this.#labels(one));
      const readOnly = isConst(row.of) || isConst(mapper.resolve(row.of));
      return mapper.same(
        readOnly ? mapper.use('constant', expression) : expression,
        TYPED_ARRAYS[element] ?? '',
        labels,
      );
    }
    const length = this.#hint.length ?? (outer === undefined ? undefined : product(outer, inner));
    if (length === undefined && this.#hint.unchecked !== true) {
      throw this.#wanted(of, 'length', 'rows` and `columns');
    }
    return this.#elements(element, row.of, length);
  }

  /** The length that a bound says: a number, or an expression of parameters. */
  #bound(bound: string): Length | undefined {
    if (bound === '') return undefined;
    const value = this.#mapper.values.constants.get(bound);
    if (typeof value === 'number' && value >= 0) return value;
    const { names } = this.#context;
    const words: string[] = bound.match(/[A-Za-z_]\w*/g) ?? [];
    const isLength = /^[\w\s+*()-]+$/.test(bound) && words.length > 0;
    return isLength && words.every((word) => names.includes(word)) ? bound : undefined;
  }

  #pointer(to: CType, bound: Length | undefined): MappedType {
    const mapper = this.#mapper;
    const target = mapper.resolve(to);
    const readOnly = isConst(to) || isConst(target);
    const length = this.#hint.length ?? bound ?? this.#context.facts.length;
    const scalar = mapper.scalar(to);
    if (scalar === 'char') return this.#chars(to, readOnly, length);
    if (scalar !== null) return this.#numbers(scalar, to, length);
    if (mapper.isVoid(to)) return this.#memory(to, length);
    if (target.kind === 'pointer') return this.#pointerToPointer(target, to, length);
    if (target.kind === 'record') return this.#recordPointer(target.key, to, readOnly, length);
    if (target.kind === 'array') return this.#array(target, '');
    if (target.kind === 'scalar' || target.kind === 'unknown') {
      this.#allow(['length', 'nullable']);
      if (length === undefined) {
        throw new UnmappableType(`parameter '${this.#name}' points to ${mapper.noCounterpart(to)}`);
      }
      return this.#bytes(to, length);
    }
    this.#allow(['nullable']);
    return mapper.opaque(mapper.tagOf(to));
  }

  #chars(to: CType, readOnly: boolean, length: Length | undefined): MappedType {
    const mapper = this.#mapper;
    this.#allow(['length', 'text', 'bytes', 'nullable', 'unchecked', 'out', 'byref']);
    const { text, bytes, out, byref, unchecked } = this.#hint;
    if (out === true || byref === true) return this.#single(mapper.scalarType('char'), to);
    if (readOnly) {
      if (text !== true && bytes !== true && length === undefined && this.#mayLackNul()) {
        throw this.#wanted(to, 'text', 'length');
      }
      if (text === true || (length === undefined && bytes !== true)) {
        mapper.imports.add('cString');
        return mapper.same('cString', 'string');
      }
      if (length === undefined && unchecked !== true) throw this.#wanted(to, 'length');
      return this.#elements('u8', to, length);
    }
    if (length === undefined && text !== true && unchecked !== true) {
      throw this.#wanted(to, 'length', 'text', 'out', 'byref');
    }
    if (bytes === true || (typeof length === 'string' && length.includes('*'))) {
      return this.#elements('u8', to, length);
    }
    mapper.imports.add('type StringBuffer');
    const labels = length === undefined ? [] : this.#labels(length);
    return mapper.same(
      mapper.use('charBuffer', length === undefined ? '' : this.#written(length)),
      'StringBuffer',
      labels,
    );
  }

  #numbers(scalar: string, to: CType, length: Length | undefined): MappedType {
    const mapper = this.#mapper;
    this.#allow(['length', 'out', 'byref', 'text', 'nullable', 'unchecked']);
    const { out, byref, text, unchecked } = this.#hint;
    const facts = this.#context.facts;
    if (out === true || byref === true) return this.#single(mapper.scalarType(scalar), to);
    if (text === true) {
      if (scalar !== 'u8' && scalar !== 'i8') {
        throw new TypeError(
          `Cannot apply the hint for ${this.#context.functionName}(): '${this.#name}' is no text`,
        );
      }
      if (isConst(to) || isConst(mapper.resolve(to))) {
        mapper.imports.add('cString');
        return mapper.same('cString', 'string');
      }
      mapper.imports.add('type StringBuffer');
      const labels = length === undefined ? [] : this.#labels(length);
      const written = length === undefined ? '' : this.#written(length);
      return mapper.same(mapper.use('charBuffer', written), 'StringBuffer', labels);
    }
    if (length === undefined && unchecked !== true) {
      if (facts.out === true || facts.byref === true) {
        return this.#single(mapper.scalarType(scalar), to);
      }
      const isText = scalar === 'u8' || scalar === 'i8';
      throw this.#wanted(to, 'length', ...(isText ? ['text'] : []), 'out', 'byref');
    }
    return scalar === 'bool' ? this.#bytes(to, length) : this.#elements(scalar, to, length);
  }

  #elements(scalar: string, to: CType, length: Length | undefined): MappedType {
    const name = `${ELEMENTS[scalar] ?? scalar}Array`;
    return this.#lent(name, TYPED_ARRAYS[scalar] ?? '', to, length);
  }

  #bytes(to: CType, length: Length | undefined): MappedType {
    return this.#lent('bytes', 'ArrayBufferView', to, length);
  }

  /** Memory of the caller, which C may only read where the header says so. */
  #lent(name: string, argument: string, to: CType, length: Length | undefined): MappedType {
    const mapper = this.#mapper;
    const expression = mapper.use(name, length === undefined ? '' : this.#written(length));
    const readOnly = isConst(to) || isConst(mapper.resolve(to));
    return mapper.same(
      readOnly ? mapper.use('constant', expression) : expression,
      argument,
      length === undefined ? [] : this.#labels(length),
    );
  }

  /** `void *`: memory of the caller where a length is said, of C's own where none can be meant. */
  #memory(to: CType, length: Length | undefined): MappedType {
    const mapper = this.#mapper;
    this.#allow(['length', 'nullable', 'released', 'unchecked']);
    if (length !== undefined || this.#hint.unchecked === true) return this.#bytes(to, length);
    const { parameters } = this.#context;
    const handle = mapper.tagOf(to) !== 'void';
    const noSize = parameters.every(({ type }) => !isCount(mapper.scalar(type)));
    const pointers = parameters.filter(({ type }) => mapper.scalar(type) === null).length;
    if (!handle && !(noSize && pointers === 1)) throw this.#wanted(to, 'length', 'opaque');
    const mapped = mapper.opaque(mapper.tagOf(to));
    if (this.#hint.released !== true) return mapped;
    return { ...mapped, expression: mapper.use('released', mapped.expression) };
  }

  #pointerToPointer(
    target: Extract<CType, { kind: 'pointer' }>,
    to: CType,
    length: Length | undefined,
  ): MappedType {
    const mapper = this.#mapper;
    this.#allow(['length', 'out', 'byref', 'text', 'nullable', 'unchecked']);
    const { out, byref, text, unchecked } = this.#hint;
    const { facts } = this.#context;
    if (text === true && mapper.scalar(target.to) === 'char') {
      const expression = mapper.use(
        'stringArray',
        length === undefined ? '' : this.#written(length),
      );
      const labels = length === undefined ? [] : this.#labels(length);
      return mapper.same(expression, 'readonly string[]', labels);
    }
    const held = mapper.opaque(mapper.tagOf(target.to));
    if (out === true || byref === true) return this.#single(held, to);
    if (this.#hint.length !== undefined || unchecked === true) {
      return this.#bytes(to, length === undefined ? undefined : product(length, 8));
    }
    if (facts.out === true || (facts.written === true && length === undefined)) {
      return {
        expression: mapper.use('out', held.expression),
        argument: null,
        value: held.value,
      };
    }
    const choices = ['out', 'byref', 'opaque'];
    if (mapper.scalar(target.to) === 'char') choices.unshift('text');
    throw this.#wanted(to, ...choices);
  }

  #recordPointer(
    key: string,
    to: CType,
    readOnly: boolean,
    length: Length | undefined,
  ): MappedType {
    const mapper = this.#mapper;
    this.#allow(['length', 'out', 'byref', 'bytes', 'nullable', 'released', 'unchecked']);
    const { out, byref, bytes, released } = this.#hint;
    const declared = mapper.header.records.get(key);
    const size = declared === undefined ? null : mapper.sizeOf(declared);
    if (length !== undefined || bytes === true || this.#hint.unchecked === true) {
      if (size === null) {
        throw new TypeError(
          `Cannot apply the hint for ${this.#context.functionName}(): the header does not say ` +
            `how long '${mapper.describe(to)}' is, to which '${this.#name}' points`,
        );
      }
      if (length === undefined && bytes !== true) return this.#bytes(to, undefined);
      return this.#bytes(to, product(length ?? 1, size));
    }
    const byValue = out === true || byref === true;
    const ofC = released === true || (mapper.isMadeByC(key) && !byValue);
    const record = ofC ? null : mapper.record(key);
    if (record === null) {
      if (byValue) {
        throw new UnmappableType(
          `parameter '${this.#name}' points to '${mapper.describe(to)}': ${mapper.whyNot(key)}`,
        );
      }
      const mapped = mapper.opaque(mapper.tagOf(to));
      if (released !== true) return mapped;
      return { ...mapped, expression: mapper.use('released', mapped.expression) };
    }
    const mapped = mapper.same(record.name, record.name);
    if (out === true) {
      return { expression: mapper.use('out', record.name), argument: null, value: record.name };
    }
    if (byref !== true && this.#mayBeMany()) throw this.#wanted(to, 'length', 'byref');
    if (byref !== true && !readOnly && mapper.hasPointers(key)) {
      throw new WantedHint(
        `\`${this.#name}\` may be kept by C: say \`byref\`, \`out\` or \`opaque\` in the hints`,
        ['byref', 'out', 'opaque'],
      );
    }
    return readOnly
      ? {
          ...mapped,
          expression: mapper.use('constRef', record.name),
          argument: `Readonly<${record.name}>`,
        }
      : { ...mapped, expression: mapper.use('byref', record.name) };
  }

  /** Tells whether a count beside a struct's pointer leaves open that it points to several. */
  #mayBeMany(): boolean {
    const { index, names, parameters } = this.#context;
    return [index - 1, index + 1].some((i) => {
      const type = parameters[i]?.type;
      return (
        type !== undefined &&
        isCount(this.#mapper.scalar(type)) &&
        this.#mapper.resolve(type).kind !== 'enum' &&
        /^n$|^n_|^n[A-Z]|^n[a-z]+s$|count|cnt|num|len|size|nelem|nmemb/i.test(names[i] ?? '')
      );
    });
  }

  /** Tells whether a size beside `const char *` leaves open that C stops at a NUL. */
  #mayLackNul(): boolean {
    const { index, names, parameters } = this.#context;
    return names.some((name, i) => {
      const type = parameters[i]?.type;
      if (type === undefined || !isCount(this.#mapper.scalar(type))) return false;
      const measures = /^n$|^n_|^n[A-Z]|len|size|count|cnt|bytes|capacity/i.test(name);
      const own = this.#name.replace(/^_+/, '').toLowerCase();
      return measures && (i === index + 1 || (own.length > 1 && name.toLowerCase().includes(own)));
    });
  }

  #wanted(to: CType, ...choices: readonly string[]): WantedHint {
    const readOnly = isConst(to) || isConst(this.#mapper.resolve(to));
    const shown = readOnly && choices.length > 1 ? choices.filter((one) => one !== 'out') : choices;
    const quoted = shown.map((one) => `\`${one}\``);
    const list =
      quoted.length === 1 ? quoted[0] : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
    const what = readOnly ? 'is read, and how far is not said' : 'may be written';
    return new WantedHint(`\`${this.#name}\` ${what}: say ${list} in the hints`, shown);
  }

  #written(length: Length): string {
    return typeof length === 'number' ? String(length) : `'${length.replaceAll(/\s+/g, ' ')}'`;
  }

  /** The parameters that a length needs, which must be there and be counts. */
  #labels(length: Length): string[] {
    const { functionName, names, parameters } = this.#context;
    const labels: string[] =
      typeof length === 'number' ? [] : (length.match(/[A-Za-z_]\w*/g) ?? []);
    for (const label of labels) {
      const index = names.indexOf(label);
      const type = parameters[index]?.type;
      if (type === undefined) {
        throw new TypeError(
          `Cannot apply the hint for ${functionName}(): the length of '${this.#name}' needs ` +
            `'${label}', and there are only ${names.map((one) => `'${one}'`).join(', ')}`,
        );
      }
      const resolved = this.#mapper.resolve(type);
      const counted = resolved.kind === 'pointer' ? resolved.to : type;
      if (!isCount(this.#mapper.scalar(counted))) {
        throw new TypeError(
          `Cannot apply the hint for ${functionName}(): '${label}', in the length of ` +
            `'${this.#name}', is '${this.#mapper.describe(type)}', not a count`,
        );
      }
    }
    return labels;
  }
}

function product(a: Length, b: Length): Length {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (b === 1) return a;
  const factor = (one: Length): string =>
    typeof one === 'string' && !/^\w+$/.test(one) ? `(${one})` : String(one);
  return `${factor(a)}*${factor(b)}`;
}
