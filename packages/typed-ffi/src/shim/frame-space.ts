import { sizeOf, type Abi, type Signature, type StructAbi } from '../memory/abi.ts';
import { FRAME } from './frame-layout.ts';

/** A part of a value that is copied between the value's bytes and the frame. */
export interface Piece {
  readonly frameOffset: number;
  readonly valueOffset: number;
  readonly sizeBytes: number;
}

/** Where the parts of one argument or result lie in the frame. */
export interface Placement {
  readonly pieces: readonly Piece[];
  /** Set when C gets the address of the value in the frame: the word that holds the address. */
  readonly addressAt?: number | undefined;
}

/** Hands out registers, words of the stack and memory of a frame, in order. */
export class FrameSpace {
  readonly #integers: number;
  #nextInteger = 0;
  #nextFloat = 0;
  #stackBytes = 0;
  /** Values that C gets by address lie behind the stack; their pieces are shifted at the end. */
  readonly #memory: { sizeBytes: number; offset: number }[] = [];

  /** @param integers how many registers there are for integers */
  constructor(integers: number) {
    this.#integers = integers;
  }

  /** Tells whether so many registers are free. */
  has(integers: number, floats: number): boolean {
    return this.#nextInteger + integers <= this.#integers && this.#nextFloat + floats <= 8;
  }

  integer(): number {
    return FRAME.integers + this.#nextInteger++ * 8;
  }

  float(): number {
    return FRAME.floats + this.#nextFloat++ * 8;
  }

  /** Leaves no register for what follows. */
  exhaust(kind: 'floats' | 'integers'): void {
    if (kind === 'floats') this.#nextFloat = 8;
    else this.#nextInteger = this.#integers;
  }

  /** Takes memory of the stack and returns where it lies in the frame. */
  stack(sizeBytes: number, alignmentBytes = 8): number {
    const start = Math.ceil(this.#stackBytes / alignmentBytes) * alignmentBytes;
    this.#stackBytes = start + sizeBytes;
    return FRAME.stack + start;
  }

  /** Takes memory behind the stack; what it returns is valid after {@link settle}. */
  memory(sizeBytes: number): { readonly offset: number } {
    const room = { sizeBytes, offset: 0 };
    this.#memory.push(room);
    return room;
  }

  /** Ends the stack, and places what lies behind it. */
  settle(): { stackWords: number; frameBytes: number } {
    const stackWords = Math.ceil(this.#stackBytes / 16) * 2;
    let end = FRAME.stack + stackWords * 8;
    for (const room of this.#memory) {
      end = Math.ceil(end / 16) * 16;
      room.offset = end;
      end += room.sizeBytes;
    }
    return { stackWords, frameBytes: Math.ceil(end / 8) * 8 };
  }
}

/** A value's place, whose memory behind the stack is not yet known. */
export interface OpenPlacement {
  readonly pieces: readonly Piece[];
  readonly addressAt?: number | undefined;
  readonly room?: { readonly offset: number } | undefined;
}

/** Spreads the values of a signature over registers and stack. */
export type Place = (
  signature: Signature,
  space: FrameSpace,
) => { readonly parameters: readonly OpenPlacement[]; readonly result: OpenPlacement };

/** Returns a value's size in a register or on the stack. */
export function sizeOfValue(abi: Exclude<Abi, 'void'>): number {
  if (typeof abi === 'string') return abi === 'buffer' ? 8 : sizeOf(abi);
  return abi.kind === 'callback' ? 8 : abi.sizeBytes;
}

/** Tells a struct from everything that goes into one register. */
export function isStruct(abi: Abi): abi is StructAbi {
  return typeof abi === 'object' && abi.kind === 'struct';
}

/** Tells what goes into a register for floating-point numbers. */
export function isFloat(abi: Abi): abi is 'f32' | 'f64' {
  return abi === 'f32' || abi === 'f64';
}

/** Cuts a value into the eight bytes that registers and words hold; some go nowhere. */
export function words(sizeBytes: number, offsetOf: (word: number) => number | undefined): Piece[] {
  return Array.from({ length: Math.ceil(sizeBytes / 8) }, (_, word) => {
    const frameOffset = offsetOf(word);
    if (frameOffset === undefined) return [];
    return { frameOffset, valueOffset: word * 8, sizeBytes: Math.min(8, sizeBytes - word * 8) };
  }).flat();
}
