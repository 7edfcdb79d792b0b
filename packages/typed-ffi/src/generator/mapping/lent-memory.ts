import { isConst, type CType } from '../header/c-type.ts';
import { labelsIn, writtenLength, type Length, type ParameterContext } from './parameter-length.ts';
import type { TypeMapper } from './type-mapper.ts';
import type { MappedType } from './mapped-type.ts';

/** Memory that JavaScript lends to C. */
export interface Lent {
  /** The function of typed-ffi that declares it. */
  readonly name: string;
  /** What is passed for it. */
  readonly argument: string;
  /** What the pointer points to. */
  readonly to: CType;
  readonly length: Length | undefined;
}

/** Maps memory of the caller, which C may only read where the header says so. */
export function lentMemory(
  mapper: TypeMapper,
  context: ParameterContext,
  { name, argument, to, length }: Lent,
): MappedType {
  const expression = mapper.use(name, length === undefined ? '' : writtenLength(length));
  const readOnly = isConst(to) || isConst(mapper.resolve(to));
  return mapper.same(
    readOnly ? mapper.use('constant', expression) : expression,
    argument,
    length === undefined ? [] : labelsIn(length, mapper, context),
  );
}
