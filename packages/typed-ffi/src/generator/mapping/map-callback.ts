import { isCount } from '../header/c-scalars.ts';
import { isConst, type CFunctionType, type CType } from '../header/c-type.ts';
import type { ParameterHint } from './hints.ts';
import { measures } from './parameter-doubts.ts';
import { parameterName } from './safe-names.ts';
import type { MappedType } from './mapped-type.ts';
import type { TypeMapping } from './type-mapping.ts';
import { UnmappableType } from './unmappable-type.ts';

/** What the declaration of a callback consists of. */
export interface CallbackParts {
  /** The declarations of its parameters, in brackets. */
  readonly parameters: string;
  readonly result: string;
  /** The TypeScript type of the function. */
  readonly signature: string;
}

/**
 * Maps a function pointer to the parts of a callback's declaration.
 *
 * @throws {UnmappableType} when C passes or wants what JavaScript cannot have
 * @throws {TypeError} when a hint is for a parameter that it does not have
 */
export function callbackParts(
  type: CFunctionType,
  name: string,
  hints: NonNullable<ParameterHint['callback']>,
  mapper: TypeMapping,
): CallbackParts {
  const { parameters, result } = type;
  const what = `the callback '${name}'`;
  checkPrototype(type, what);
  const unknown = Object.keys(hints).find((hint) => !parameters.some((one) => one.name === hint));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot apply the hint for the callback '${name}': it has no parameter '${unknown}', only ` +
        parameters.map((one) => `'${one.name}'`).join(', '),
    );
  }
  const counts = parameters.some(
    (one) => isCount(mapper.scalar(one.type)) && measures(one.name || sizeName(one.type)),
  );
  const mapped = parameters.map((one) =>
    mapArgument(one.type, what, hints[one.name] ?? (counts ? 'bytes' : ''), mapper),
  );
  const scalar = mapper.scalar(result);
  if (scalar === null && !mapper.isVoid(result)) {
    throw new UnmappableType(
      `the callback '${name}' returns '${mapper.describe(result)}', which no callback can: ` +
        '`opaque` in the hints takes a function of C, and with `nullable` null',
    );
  }
  const returned = mapper.result(result);
  const signature = mapped.map(
    ({ value }, i) => `${parameterName(parameters[i]?.name || `arg${i}`)}: ${value}`,
  );
  return {
    parameters: `[${mapped.map(({ expression }) => expression).join(', ')}]`,
    result: returned.expression,
    signature: `(${signature.join(', ')}) => ${returned.value}`,
  };
}

/**
 * Maps a function of C's own that JavaScript calls.
 *
 * @throws {UnmappableType} when it takes or returns what JavaScript cannot have
 */
export function mapGivenFunction(type: CFunctionType, mapper: TypeMapping): MappedType {
  const what = 'the function that it returns';
  checkPrototype(type, what);
  const mapped = type.parameters.map((one) => mapArgument(one.type, what, '', mapper));
  const returned = mapper.result(type.result);
  const list = mapped.map(({ argument }, i) => {
    const name = parameterName(type.parameters[i]?.name || `arg${i + 1}`);
    return `${name}: ${(argument ?? 'never').replace(/ \| null$/, '')}`;
  });
  const expressions = mapped.map(({ expression }) => expression).join(', ');
  return mapper.same(
    mapper.use('functionPointer', mapper.use('fn', `[${expressions}]`, returned.expression)),
    `((${list.join(', ')}) => ${returned.value}) | null`,
  );
}

function checkPrototype({ isVariadic, hasPrototype }: CFunctionType, what: string): void {
  if (isVariadic) throw new UnmappableType(`${what} takes variable arguments`);
  if (!hasPrototype) {
    throw new UnmappableType(`${what} is declared without parameters: not even void`);
  }
}

/** Maps a callback that C calls only until the function returns. */
export function mapCallback(
  { parameters, result, signature }: CallbackParts,
  mapper: TypeMapping,
): MappedType {
  return mapper.same(mapper.use('callback', parameters, result), signature);
}

/** Maps a callback that C keeps: a function of its own makes it, and `dispose()` ends it. */
export function mapKeptCallback(
  { parameters, result, signature }: CallbackParts,
  name: string,
  mapper: TypeMapping,
): MappedType {
  mapper.imports.add('type KeepOptions').add('type KeptCallback');
  const pointer = mapper.use('functionPointer', mapper.use('fn', parameters, result));
  return mapper.same(mapper.keep(name, pointer, signature), 'KeptCallback');
}

/** An unnamed `size_t` says by its type that it is a size. */
function sizeName(type: CType): string {
  return type.kind === 'named' ? type.name : '';
}

function mapArgument(
  type: CType,
  what: string,
  how: '' | 'bytes' | 'copy' | 'text',
  mapper: TypeMapping,
): MappedType {
  const scalar = mapper.scalar(type);
  if (scalar !== null) return mapper.scalarType(scalar);
  const resolved = mapper.resolve(type);
  const to =
    resolved.kind === 'pointer' ? resolved.to : resolved.kind === 'array' ? resolved.of : null;
  if (to === null) throw new UnmappableType(`${what} takes ${mapper.noCounterpart(type)}`);
  const target = mapper.scalar(to);
  const readOnly = isConst(to) || isConst(mapper.resolve(to));
  // Beside a size, text may end without a NUL.
  const inner = mapper.resolve(to);
  if (how === 'text' && inner.kind === 'pointer' && mapper.scalar(inner.to) === 'char') {
    return mapper.same(mapper.use('stringArray'), 'readonly string[] | null');
  }
  if (how === 'text' || (target === 'char' && readOnly && how === '')) {
    mapper.imports.add('cString');
    return mapper.same('cString', 'string | null');
  }
  if (how === 'copy' || (target !== null && target !== 'char' && readOnly && how === '')) {
    const copied = mapper.referent(to);
    return mapper.same(mapper.use('constRef', copied.expression), copied.value);
  }
  const named = type.kind === 'named' && mapper.resolve(to).kind === 'function';
  return mapper.opaque(named ? type.name : mapper.tagOf(to));
}
