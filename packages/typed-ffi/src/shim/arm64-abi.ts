import { leavesOf, sizeOf, type StructAbi } from '../memory/abi.ts';
import {
  isFloat,
  isStruct,
  sizeOfValue,
  words,
  type FrameSpace,
  type OpenPlacement,
  type Piece,
  type Place,
} from './frame-space.ts';
import { FRAME } from './frame-layout.ts';

/**
 * Returns the element's size of a struct of one to four floats or doubles, which goes
 * through registers for floating-point numbers; undefined for any other.
 */
export function floatsOf(abi: StructAbi): number | undefined {
  const leaves = leavesOf(abi);
  const [first] = leaves;
  if (first === undefined || !isFloat(first.abi)) return undefined;
  if (leaves.some((leaf) => leaf.abi !== first.abi)) return undefined;
  const size = sizeOf(first.abi);
  return abi.sizeBytes <= 4 * size ? size : undefined;
}

/** The ABI of arm64; Apple's differs in how small values and variable arguments lie on the stack. */
export function placeArm64(apple: boolean): Place {
  return ({ parameters, result, fixedParameters }, space) => {
    const placedResult = resultPlacement(result, space);
    const placed = parameters.map((abi, i): OpenPlacement => {
      if (abi === 'void') return { pieces: [] };
      if (apple && fixedParameters !== undefined && i >= fixedParameters) {
        space.exhaust('floats');
        space.exhaust('integers');
        return onStack(sizeOfValue(abi), 8, space);
      }
      if (!isStruct(abi)) {
        const float = isFloat(abi);
        const size = sizeOfValue(abi);
        if (!space.has(float ? 0 : 1, float ? 1 : 0)) return onStack(size, apple ? size : 8, space);
        const frameOffset = float ? space.float() : space.integer();
        return { pieces: [{ frameOffset, valueOffset: 0, sizeBytes: size }] };
      }
      return structPlacement(abi, space, apple);
    });
    return { parameters: placed, result: placedResult };
  };
}

function onStack(sizeBytes: number, alignmentBytes: number, space: FrameSpace): OpenPlacement {
  const start = space.stack(
    alignmentBytes < 8 ? sizeBytes : Math.ceil(sizeBytes / 8) * 8,
    alignmentBytes,
  );
  return { pieces: [{ frameOffset: start, valueOffset: 0, sizeBytes }] };
}

function structPlacement(abi: StructAbi, space: FrameSpace, apple: boolean): OpenPlacement {
  const element = floatsOf(abi);
  if (element !== undefined) {
    const count = abi.sizeBytes / element;
    if (space.has(0, count)) return { pieces: elements(count, element, () => space.float()) };
    space.exhaust('floats');
    return onStack(abi.sizeBytes, apple ? abi.alignmentBytes : 8, space);
  }
  if (abi.sizeBytes > 16) {
    // A copy, whose address is the argument.
    const addressAt = space.has(1, 0) ? space.integer() : space.stack(8);
    return {
      addressAt,
      room: space.memory(abi.sizeBytes),
      pieces: [{ frameOffset: 0, valueOffset: 0, sizeBytes: abi.sizeBytes }],
    };
  }
  const count = Math.ceil(abi.sizeBytes / 8);
  if (space.has(count, 0)) return { pieces: words(abi.sizeBytes, () => space.integer()) };
  space.exhaust('integers');
  return onStack(abi.sizeBytes, 8, space);
}

function elements(count: number, sizeBytes: number, offsetOf: (i: number) => number): Piece[] {
  return Array.from({ length: count }, (_, i) => ({
    frameOffset: offsetOf(i),
    valueOffset: i * sizeBytes,
    sizeBytes,
  }));
}

function resultPlacement(result: Parameters<Place>[0]['result'], space: FrameSpace): OpenPlacement {
  if (result === 'void') return { pieces: [] };
  if (!isStruct(result)) {
    const frameOffset = isFloat(result) ? FRAME.floatResults : FRAME.integerResults;
    return { pieces: [{ frameOffset, valueOffset: 0, sizeBytes: sizeOfValue(result) }] };
  }
  const element = floatsOf(result);
  if (element !== undefined) {
    const count = result.sizeBytes / element;
    return { pieces: elements(count, element, (i) => FRAME.floatResults + i * 8) };
  }
  if (result.sizeBytes > 16) {
    return {
      addressAt: FRAME.indirect,
      room: space.memory(result.sizeBytes),
      pieces: [{ frameOffset: 0, valueOffset: 0, sizeBytes: result.sizeBytes }],
    };
  }
  return { pieces: words(result.sizeBytes, (word) => FRAME.integerResults + word * 8) };
}
