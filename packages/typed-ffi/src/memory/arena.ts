import type { ProcessAccess } from './memory.ts';

/** A piece of memory at an address that C can be given. */
export interface ArenaPiece {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly address: bigint;
}

/** Pieces are cut from blocks of this size, whose addresses are asked for once. */
const BLOCK_BYTES = 65_536;

/** Every piece starts at a multiple of this. */
const ALIGNMENT_BYTES = 16;

/** Hands out memory that lives as long as the process and never moves. */
export class Arena {
  readonly #process: ProcessAccess;
  #block: ArrayBuffer | undefined;
  #address = 0n;
  #usedBytes = 0;

  constructor(process: ProcessAccess) {
    this.#process = process;
  }

  /** Returns memory of at least one byte, filled with zeros. */
  take(sizeBytes: number): ArenaPiece {
    const size = Math.ceil(Math.max(1, sizeBytes) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    let block = this.#block;
    if (block === undefined || this.#usedBytes + size > block.byteLength) {
      block = new ArrayBuffer(Math.max(BLOCK_BYTES, size));
      this.#block = block;
      this.#address = this.#process.addressOf(new Uint8Array(block));
      this.#usedBytes = 0;
    }
    const start = this.#usedBytes;
    this.#usedBytes += size;
    return {
      bytes: new Uint8Array(block, start, sizeBytes),
      view: new DataView(block, start, sizeBytes),
      address: this.#address + BigInt(start),
    };
  }
}

const arenas = new WeakMap<ProcessAccess, Arena>();

/** Returns the arena of a backend. */
export function arenaOf(process: ProcessAccess): Arena {
  let arena = arenas.get(process);
  if (arena === undefined) {
    arena = new Arena(process);
    arenas.set(process, arena);
  }
  return arena;
}
