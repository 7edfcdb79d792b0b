import type { BoundFunction } from './bind-function.ts';
import { isConst, type CDeclaration } from '../header/c-type.ts';
import { mapField } from '../mapping/map-record.ts';
import { propertyName } from '../mapping/safe-names.ts';
import type { TypeMapper } from '../mapping/type-mapper.ts';
import { UnmappableType } from '../mapping/unmappable-type.ts';

/**
 * Declares a variable of the library.
 *
 * @throws {UnmappableType} when it cannot be expressed
 */
export function bindVariable(declared: CDeclaration, mapper: TypeMapper): BoundFunction {
  const { name, type, symbol, isLocal, isThreadLocal, doc } = declared;
  if (isLocal) {
    throw new UnmappableType('it is in the header, and no library has it', 'in the header only');
  }
  if (isThreadLocal) throw new UnmappableType('it is a variable of each thread');
  const mapped = mapField(type, mapper, name);
  const resolved = mapper.resolve(type);
  const element = resolved.kind === 'array' ? resolved.of : type;
  const constant = isConst(element) || isConst(mapper.resolve(element));
  const options = [
    ...(constant ? ['constant: true'] : []),
    ...(symbol === name ? [] : [`symbol: '${symbol}'`]),
  ];
  mapper.imports.add('type Variable');
  const expression = mapper.use(
    'variable',
    mapped.expression,
    options.length === 0 ? '' : `{ ${options.join(', ')} }`,
  );
  const value = `Variable<${mapped.value}>`;
  return {
    declaration: `${propertyName(name)}: ${expression},`,
    signature: `readonly ${propertyName(name)}: ${constant ? `Readonly<${value}>` : value};`,
    doc,
  };
}
