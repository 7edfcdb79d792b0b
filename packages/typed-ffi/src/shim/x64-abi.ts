import { leavesOf, sizeOf, type StructAbi } from '../memory/abi.ts';
import {
  isFloat,
  isStruct,
  sizeOfValue,
  words,
  type OpenPlacement,
  type Piece,
  type Place,
} from './frame-space.ts';
import { FRAME } from './frame-layout.ts';

/** Which kind of register holds eight bytes of a struct; padding alone needs none. */
type WordClass = 'float' | 'integer' | 'none';

/**
 * Returns the registers that hold a struct, by the System V ABI: none when it goes
 * through memory, because it has more than 16 bytes or a field that is not aligned.
 */
export function classesOf(abi: StructAbi): readonly WordClass[] | undefined {
  if (abi.sizeBytes > 16) return undefined;
  const classes: WordClass[] = Array.from({ length: Math.ceil(abi.sizeBytes / 8) }, () => 'none');
  for (const leaf of leavesOf(abi)) {
    if (leaf.offsetBytes % sizeOf(leaf.abi) !== 0) return undefined;
    const word = Math.floor(leaf.offsetBytes / 8);
    if (!isFloat(leaf.abi)) classes[word] = 'integer';
    else if (classes[word] === 'none') classes[word] = 'float';
  }
  return classes;
}

/** The System V ABI of x86-64, which Linux, macOS and the BSDs have. */
export const placeX64: Place = ({ parameters, result }, space) => {
  const largeResult = isStruct(result) && classesOf(result) === undefined;
  const placedResult: OpenPlacement = largeResult
    ? { addressAt: space.integer(), ...inMemory(result.sizeBytes, space) }
    : { pieces: resultPieces(result) };

  const placed = parameters.map((abi): OpenPlacement => {
    if (abi === 'void') return { pieces: [] };
    if (!isStruct(abi)) {
      const float = isFloat(abi);
      const free = space.has(float ? 0 : 1, float ? 1 : 0);
      const register = free ? (float ? space.float() : space.integer()) : space.stack(8);
      return {
        pieces: [{ frameOffset: register, valueOffset: 0, sizeBytes: sizeOfValue(abi) }],
      };
    }
    const classes = classesOf(abi);
    const count = (kind: WordClass): number => classes?.filter((one) => one === kind).length ?? 0;
    if (classes === undefined || !space.has(count('integer'), count('float'))) {
      const alignment = Math.max(8, abi.alignmentBytes);
      const start = space.stack(Math.ceil(abi.sizeBytes / 8) * 8, alignment);
      return { pieces: words(abi.sizeBytes, (word) => start + word * 8) };
    }
    return {
      pieces: words(abi.sizeBytes, (word) =>
        registerFor(
          classes[word],
          () => space.integer(),
          () => space.float(),
        ),
      ),
    };
  });
  return { parameters: placed, result: placedResult };
};

function inMemory(
  sizeBytes: number,
  space: { memory(bytes: number): { readonly offset: number } },
): Pick<OpenPlacement, 'pieces' | 'room'> {
  return {
    room: space.memory(sizeBytes),
    pieces: [{ frameOffset: 0, valueOffset: 0, sizeBytes }],
  };
}

function resultPieces(result: Parameters<Place>[0]['result']): Piece[] {
  if (result === 'void') return [];
  if (!isStruct(result)) {
    const frameOffset = isFloat(result) ? FRAME.floatResults : FRAME.integerResults;
    return [{ frameOffset, valueOffset: 0, sizeBytes: sizeOfValue(result) }];
  }
  const classes = classesOf(result) ?? [];
  let [integers, floats] = [0, 0];
  return words(result.sizeBytes, (word) =>
    registerFor(
      classes[word],
      () => FRAME.integerResults + integers++ * 8,
      () => FRAME.floatResults + floats++ * 8,
    ),
  );
}

function registerFor(
  kind: WordClass | undefined,
  integer: () => number,
  float: () => number,
): number | undefined {
  if (kind === 'integer') return integer();
  return kind === 'float' ? float() : undefined;
}
