import { isCount } from './c-scalars.ts';
import { isConst, type CFunctionType, type CType } from './c-type.ts';
import type { ParameterHint } from './hints.ts';
import { parameterName } from './safe-names.ts';
import type { MappedType, TypeMapper } from './type-mapper.ts';
import { UnmappableType } from './unmappable-type.ts';

/**
 * Maps a function pointer to a callback.
 *
 * @throws {UnmappableType} when C passes or wants what JavaScript cannot have.
 * @throws {TypeError} when a hint is for a parameter that it does not have.
 */
export function mapCallback(
  type: CFunctionType,
  name: string,
  hints: NonNullable<ParameterHint['callback']>,
  mapper: TypeMapper,
): MappedType {
  const { parameters, result, isVariadic, hasPrototype } = type;
  if (isVariadic) throw new UnmappableType(`the callback '${name}' takes variable arguments`);
  if (!hasPrototype) {
    throw new UnmappableType(
      `the callback '${name}' is declared without parameters: not even void`,
    );
  }
  const unknown = Object.keys(hints).find((hint) => !parameters.some((one) => one.name === hint));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot apply the hint for the callback '${name}': it has no parameter '${unknown}', only ` +
        parameters.map((one) => `'${one.name}'`).join(', '),
    );
  }
  const counts = parameters.some(
    (one) =>
      isCount(mapper.scalar(one.type)) &&
      /^n$|^n_|^n[A-Z]|count|cnt|num|len|size|nmemb/i.test(one.name || sizeName(one.type)),
  );
  const mapped = parameters.map((one) =>
    mapArgument(one.type, name, hints[one.name] ?? (counts ? 'bytes' : ''), mapper),
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
  const list = `[${mapped.map(({ expression }) => expression).join(', ')}]`;
  return mapper.same(
    mapper.use('callback', list, returned.expression),
    `(${signature.join(', ')}) => ${returned.value}`,
  );
}

/** An unnamed `size_t` says by its type that it is a size. */
function sizeName(type: CType): string {
  return type.kind === 'named' ? type.name : '';
}

function mapArgument(
  type: CType,
  name: string,
  how: '' | 'bytes' | 'copy' | 'text',
  mapper: TypeMapper,
): MappedType {
  const scalar = mapper.scalar(type);
  if (scalar !== null) return mapper.scalarType(scalar);
  const resolved = mapper.resolve(type);
  const to =
    resolved.kind === 'pointer' ? resolved.to : resolved.kind === 'array' ? resolved.of : null;
  if (to === null)
    throw new UnmappableType(`the callback '${name}' takes ${mapper.noCounterpart(type)}`);
  const target = mapper.scalar(to);
  const readOnly = isConst(to) || isConst(mapper.resolve(to));
  // Beside a size, text may end without a NUL.
  if (how === 'text' || (target === 'char' && readOnly && how === '')) {
    mapper.imports.add('cString');
    return mapper.same('cString', 'string | null');
  }
  if (how === 'copy' || (target !== null && target !== 'char' && readOnly && how === '')) {
    const inner = mapper.referent(to);
    return mapper.same(mapper.use('constRef', inner.expression), inner.value);
  }
  const named = type.kind === 'named' && mapper.resolve(to).kind === 'function';
  return mapper.opaque(named ? type.name : mapper.tagOf(to));
}
