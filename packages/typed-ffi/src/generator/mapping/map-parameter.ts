import { ELEMENTS, isCount, TYPED_ARRAYS } from '../header/c-scalars.ts';
import { isConst, type CFunctionType, type CType } from '../header/c-type.ts';
import type { ParameterHint } from './hints.ts';
import { lentMemory } from './lent-memory.ts';
import { callbackParts, mapCallback, mapKeptCallback } from './map-callback.ts';
import { mapRecordPointer } from './map-record-pointer.ts';
import { mayBeKept, mayLackNul, wantedHint } from './parameter-doubts.ts';
import {
  boundOf,
  labelsIn,
  product,
  writtenLength,
  type Length,
  type ParameterContext,
} from './parameter-length.ts';
import type { TypeMapper } from './type-mapper.ts';
import type { MappedType } from './mapped-type.ts';
import { UnmappableType, WantedHint } from './unmappable-type.ts';

/**
 * Maps a parameter. How far C goes at a pointer is taken from the hint, the bound of an
 * array, an attribute or an annotation, and from nothing else.
 *
 * @throws {WantedHint} when none of them says it
 * @throws {UnmappableType} when it cannot be expressed
 * @throws {TypeError} when a hint does not fit the parameter
 */
export function mapParameter(
  mapper: TypeMapper,
  hint: ParameterHint,
  context: ParameterContext,
): MappedType {
  const mapped = new ParameterMapper(mapper, hint, context).map();
  const type = context.parameters[context.index]?.type;
  const isPointer =
    type !== undefined && /^(pointer|array|function)$/.test(mapper.resolve(type).kind);
  const nullable = hint.nullable ?? (isPointer && context.facts.nullable === true);
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
      if ((value === false && key !== 'kept') || value === undefined) continue;
      if (allowed.includes(key as keyof ParameterHint)) continue;
      const { functionName } = this.#context;
      throw new TypeError(
        `Cannot apply the hint for ${functionName}(): '${key}' does not fit ` +
          `'${this.#name}', which is '${this.#mapper.describe(this.#type)}'` +
          (allowed.length > 0 ? `; allowed are ${allowed.join(', ')}` : ''),
      );
    }
  }

  #callback(type: CFunctionType): MappedType {
    this.#allow(['nullable', 'callback', 'kept']);
    const { kept, callback } = this.#hint;
    const { functionName } = this.#context;
    const typeName = this.#type.kind === 'named' ? this.#type.name : '';
    const parts = callbackParts(type, this.#name, callback ?? {}, this.#mapper);
    if (kept === undefined && mayBeKept(functionName, typeName)) {
      throw new WantedHint(
        `\`${this.#name}\` may be kept by C after the call: say \`kept\`, true or false, in the hints`,
        ['kept'],
      );
    }
    if (kept !== true) return mapCallback(parts, this.#mapper);
    return mapKeptCallback(parts, typeName || `${functionName}_${this.#name}`, this.#mapper);
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
    if (row.kind !== 'array') return this.#pointer(of, boundOf(mapper, this.#context, bound));
    const outer = boundOf(mapper, this.#context, bound);
    const inner = boundOf(mapper, this.#context, row.bound);
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
        `rows: ${writtenLength(rows)}`,
        `columns: ${writtenLength(columns)}`,
        `stride: ${writtenLength(inner)}`,
      ];
      const expression = mapper.use(
        'matrix',
        `'${ELEMENTS[element] ?? element}'`,
        `{ ${shape.join(', ')} }`,
      );
      const labels = [rows, columns, inner].flatMap((one) => labelsIn(one, mapper, this.#context));
      const readOnly = isConst(row.of) || isConst(mapper.resolve(row.of));
      return mapper.same(
        readOnly ? mapper.use('constant', expression) : expression,
        TYPED_ARRAYS[element] ?? '',
        labels,
      );
    }
    const length = this.#hint.length ?? (outer === undefined ? undefined : product(outer, inner));
    if (length === undefined && this.#hint.unchecked !== true) {
      throw wantedHint(mapper, this.#name, of, 'length', 'rows` and `columns');
    }
    return this.#elements(element, row.of, length);
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
    if (target.kind === 'record') {
      this.#allow(['length', 'out', 'byref', 'bytes', 'nullable', 'released', 'unchecked']);
      return mapRecordPointer(mapper, this.#hint, this.#context, { key: target.key, to, length });
    }
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
      if (
        text !== true &&
        bytes !== true &&
        length === undefined &&
        mayLackNul(mapper, this.#context)
      ) {
        throw wantedHint(mapper, this.#name, to, 'text', 'length');
      }
      if (text === true || (length === undefined && bytes !== true)) {
        mapper.imports.add('cString');
        return mapper.same('cString', 'string');
      }
      if (length === undefined && unchecked !== true)
        throw wantedHint(mapper, this.#name, to, 'length');
      return this.#elements('u8', to, length);
    }
    if (length === undefined && text !== true && unchecked !== true) {
      throw wantedHint(mapper, this.#name, to, 'length', 'text', 'out', 'byref');
    }
    if (bytes === true || (typeof length === 'string' && length.includes('*'))) {
      return this.#elements('u8', to, length);
    }
    mapper.imports.add('type StringBuffer');
    const labels = length === undefined ? [] : labelsIn(length, mapper, this.#context);
    return mapper.same(
      mapper.use('charBuffer', length === undefined ? '' : writtenLength(length)),
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
      const labels = length === undefined ? [] : labelsIn(length, mapper, this.#context);
      const written = length === undefined ? '' : writtenLength(length);
      return mapper.same(mapper.use('charBuffer', written), 'StringBuffer', labels);
    }
    if (length === undefined && unchecked !== true) {
      if (facts.out === true || facts.byref === true) {
        return this.#single(mapper.scalarType(scalar), to);
      }
      const isText = scalar === 'u8' || scalar === 'i8';
      throw wantedHint(
        mapper,
        this.#name,
        to,
        'length',
        ...(isText ? ['text'] : []),
        'out',
        'byref',
      );
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

  #lent(name: string, argument: string, to: CType, length: Length | undefined): MappedType {
    return lentMemory(this.#mapper, this.#context, { name, argument, to, length });
  }

  /** `void *`: memory of the caller where a length is said, of C's own where none can be meant. */
  #memory(to: CType, length: Length | undefined): MappedType {
    const mapper = this.#mapper;
    this.#allow(['length', 'nullable', 'released', 'unchecked']);
    if (length !== undefined || this.#hint.unchecked === true) return this.#bytes(to, length);
    const { parameters } = this.#context;
    const handle = mapper.tagOf(to) !== 'void';
    const noSize = parameters.every(({ type }) => !isCount(mapper.scalar(type)));
    if (!handle && !noSize) throw wantedHint(mapper, this.#name, to, 'length', 'opaque');
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
    this.#allow(['length', 'out', 'byref', 'text', 'freedBy', 'nullable', 'unchecked']);
    const { out, byref, text, freedBy, unchecked } = this.#hint;
    const { facts } = this.#context;
    if (out === true && mapper.scalar(target.to) === 'char' && (text ?? freedBy) !== undefined) {
      mapper.imports.add('cString');
      const copied = mapper.freed(this.#hint, mapper.same('cString', 'string | null'));
      return {
        expression: mapper.use('out', copied.expression),
        argument: null,
        value: copied.value,
      };
    }
    if (freedBy !== undefined) {
      throw new TypeError(
        `Cannot apply the hint for ${this.#context.functionName}(): 'freedBy' does not fit ` +
          `'${this.#name}', which is no text in \`out\``,
      );
    }
    if (text === true && mapper.scalar(target.to) === 'char') {
      const expression = mapper.use(
        'stringArray',
        length === undefined ? '' : writtenLength(length),
      );
      const labels = length === undefined ? [] : labelsIn(length, mapper, this.#context);
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
    throw wantedHint(mapper, this.#name, to, ...choices);
  }
}
