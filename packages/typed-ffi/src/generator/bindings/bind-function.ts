import type { CDeclaration, CFunctionType } from '../header/c-type.ts';
import { hintFor, type FunctionHints } from '../mapping/hints.ts';
import { mapParameter } from '../mapping/map-parameter.ts';
import { parameterFacts } from '../mapping/parameter-facts.ts';
import { parameterName, propertyName } from '../mapping/safe-names.ts';
import type { TypeMapper } from '../mapping/type-mapper.ts';
import type { MappedType } from '../mapping/mapped-type.ts';
import { UnmappableType, WantedHint } from '../mapping/unmappable-type.ts';

/** A function as the generated module declares it. */
export interface BoundFunction {
  readonly declaration: string;
  readonly signature: string;
  readonly doc: string;
}

/** A function that wants hints: which parameters, and which hints would do. */
export class WantedHints extends UnmappableType {
  readonly wanted: ReadonlyMap<string, readonly string[]>;

  constructor(wanted: ReadonlyMap<string, WantedHint>) {
    super([...wanted.values()].map(({ message }) => message).join('; '), 'wants a hint');
    this.wanted = new Map([...wanted].map(([name, { choices }]) => [name, choices]));
  }
}

/** How a function is declared. */
export interface BindingOptions {
  /** Off the main thread, as `<name>_off_thread`. @default false */
  readonly offThread?: boolean;
  /** How many parameters of a variadic function the header names. */
  readonly variadicAfter?: number | undefined;
}

/** Returns the names of the parameters of a function, made up where the header has none. */
export function parameterNames({ parameters }: CFunctionType): string[] {
  return parameters.map(({ name }, i) => (name === '' ? `arg${i + 1}` : name));
}

/**
 * Declares a function.
 *
 * @throws {UnmappableType} when it cannot be expressed; a {@link WantedHints} names all
 *   of its parameters of which the header does not say enough
 */
export function bindFunction(
  declared: CDeclaration,
  type: CFunctionType,
  mapper: TypeMapper,
  hints: FunctionHints,
  { offThread = false, variadicAfter }: BindingOptions = {},
): BoundFunction {
  if (declared.isLocal) {
    throw new UnmappableType(
      'its body is in the header, and no library has it',
      'in the header only',
    );
  }
  if (type.isVariadic) {
    throw new UnmappableType(
      'it takes a variable number of arguments: declare its forms with `...` in the hints',
      'variable arguments',
    );
  }
  if (declared.attributes.some(({ name }) => name === 'returns_twice')) {
    throw new UnmappableType('it returns twice, which JavaScript cannot');
  }
  if (!type.hasPrototype) {
    throw new UnmappableType('the header does not say what it takes: () is not (void)');
  }
  const names = parameterNames(type);
  const mapped = mapParameters(declared, type, names, mapper, hints);
  const returned = mapper.result(type.result, hintFor(hints, 'return'));
  const referred = new Set(mapped.flatMap(({ labels }) => labels ?? []));
  const expressions = mapped.map(({ expression }, i) => {
    const name = names[i] ?? '';
    return referred.has(name) ? mapper.use('named', `'${name}'`, expression) : expression;
  });
  const name = offThread ? `${declared.name}_off_thread` : declared.name;
  const options = [
    ...(declared.symbol === name ? [] : [`symbol: '${declared.symbol}'`]),
    ...(offThread ? ['offThread: true'] : []),
    ...(variadicAfter === undefined ? [] : [`variadicAfter: ${variadicAfter}`]),
  ];
  const list = mapped.flatMap(({ argument }, i) =>
    argument === null ? [] : [`${parameterName(names[i] ?? '')}: ${argument}`],
  );
  const value = resultType(
    returned,
    mapped.filter(({ argument }) => argument === null),
  );
  const result = offThread ? `Promise<${value}>` : value;
  const rest = options.length === 0 ? '' : `, { ${options.join(', ')} }`;
  return {
    declaration: `${propertyName(name)}: fn([${expressions.join(', ')}], ${returned.expression}${rest}),`,
    signature: `readonly ${propertyName(name)}: (${list.join(', ')}) => ${result};`,
    doc: declared.doc,
  };
}

function mapParameters(
  declared: CDeclaration,
  type: CFunctionType,
  names: readonly string[],
  mapper: TypeMapper,
  hints: FunctionHints,
): MappedType[] {
  const facts = parameterFacts(declared, type, names);
  const wanted = new Map<string, WantedHint>();
  const mapped: MappedType[] = [];
  for (const [index, name] of names.entries()) {
    const context = {
      functionName: declared.name,
      names,
      parameters: type.parameters,
      index,
      facts: facts[index] ?? {},
    };
    try {
      mapped.push(mapParameter(mapper, hintFor(hints, name), context));
    } catch (error) {
      if (!(error instanceof WantedHint)) throw error;
      wanted.set(name, error);
    }
  }
  if (wanted.size > 0) throw new WantedHints(wanted);
  return mapped;
}

function resultType(returned: MappedType, outputs: readonly MappedType[]): string {
  if (outputs.length === 0) return returned.value;
  const values = outputs.map(({ value }) => value);
  if (returned.value !== 'void') values.unshift(returned.value);
  return `[${values.join(', ')}]`;
}
