import type { Signature } from '../memory/abi.ts';
import type { Memory, ProcessAccess } from '../memory/memory.ts';
import { processDomain } from '../memory/process-domain.ts';
import type { RawFunction } from '../memory/raw-function.ts';
import { SHIM_VERSION } from './frame-layout.ts';
import { shimCall, type ShimDoor } from './shim-call.ts';

/** Texts and pieces of memory up to this size are read by one call into memory of our own. */
const SCRATCH_BYTES = 4096;

/** What dlopen() says has at most this many bytes. */
const MESSAGE_BYTES = 1024;

/** Opens libraries, finds symbols, reads memory and calls any address, through the shim. */
export class Shim {
  readonly door: ShimDoor;
  readonly #text: bigint;
  readonly #copy: bigint;
  readonly #openLibrary: RawFunction;
  readonly #symbol: RawFunction;

  /**
   * @param describe runs `sockpool_describe` on its argument
   * @throws {Error} when the shim is of another version
   */
  constructor(door: ShimDoor, describe: (table: Uint8Array) => void) {
    this.door = door;
    const table = new BigUint64Array(new ArrayBuffer(64));
    describe(new Uint8Array(table.buffer));
    const [open = 0n, symbol = 0n, text = 0n, copy = 0n, version] = table;
    if (version !== SHIM_VERSION) {
      throw new Error(
        `Cannot use the shim: it has version ${version}, not ${SHIM_VERSION}; build it again`,
      );
    }
    this.#openLibrary = this.#bind(open, {
      parameters: ['buffer', 'i32', 'buffer', 'u64'],
      result: 'address',
    });
    this.#symbol = this.#bind(symbol, { parameters: ['address', 'buffer'], result: 'address' });
    this.#text = text;
    this.#copy = copy;
  }

  #bind(address: bigint, signature: Signature): RawFunction {
    return shimCall({ address, signature, errno: false, offThread: false }, this.door);
  }

  /** Opens a library, or the program for null: its handle, or what the linker says. */
  open(path: string | null, flags: number): bigint | string {
    const message = new Uint8Array(MESSAGE_BYTES);
    const encoded = path === null ? null : Buffer.from(`${path}\0`);
    const handle = this.#openLibrary(encoded, flags, message, BigInt(MESSAGE_BYTES)) as bigint;
    if (handle !== 0n) return handle;
    return Buffer.from(message.buffer, 0, message.indexOf(0)).toString('utf8');
  }

  /** Returns the address of a symbol, or 0n. */
  symbol(handle: bigint, name: string): bigint {
    return this.#symbol(handle, Buffer.from(`${name}\0`)) as bigint;
  }

  /** Returns the memory of this process as a backend sees it. */
  memoryFor(
    backend: Pick<ProcessAccess, 'bindAddress' | 'keep' | 'takesNumbers'> & {
      readonly copy?: ProcessAccess['copy'];
      readonly requireStack?: ProcessAccess['requireStack'];
    },
  ): Memory {
    const text = this.#text;
    const copy = this.#copy;
    const scratch = Buffer.from(new ArrayBuffer(SCRATCH_BYTES));
    const scratchAddress = this.door.addressOf(scratch);
    const copyText = this.#bind(text, {
      parameters: ['address', 'address', 'u64'],
      result: 'u64',
    });
    const copyOwn = this.#bind(copy, {
      parameters: ['address', 'address', 'u64'],
      result: 'void',
    });
    const copyOut = this.#bind(copy, { parameters: ['buffer', 'address', 'u64'], result: 'void' });
    const copyIn = this.#bind(copy, { parameters: ['address', 'buffer', 'u64'], result: 'void' });
    const read = (address: bigint, lengthBytes: number): Uint8Array => {
      const bytes = new Uint8Array(lengthBytes);
      if (lengthBytes === 0) return bytes;
      if (lengthBytes <= SCRATCH_BYTES) {
        copyOwn(scratchAddress, address, BigInt(lengthBytes));
        bytes.set(lengthBytes === SCRATCH_BYTES ? scratch : scratch.subarray(0, lengthBytes));
      } else copyOut(bytes, address, BigInt(lengthBytes));
      return bytes;
    };
    return {
      domain: processDomain,
      read,
      readString: (address) => {
        const length = Number(copyText(address, scratchAddress, BigInt(SCRATCH_BYTES)));
        if (length <= SCRATCH_BYTES) return scratch.toString('utf8', 0, length);
        return Buffer.from(read(address, length).buffer).toString('utf8');
      },
      process: {
        takesNumbers: backend.takesNumbers,
        copy: backend.copy ?? copyOwn,
        requireStack: backend.requireStack,
        write: (address, bytes) => {
          if (bytes.length > 0) copyIn(address, bytes, BigInt(bytes.length));
        },
        addressOf: (view) => this.door.addressOf(view),
        bindAddress: (name, address, signature) => backend.bindAddress(name, address, signature),
        keep: (name, abi, target) => backend.keep(name, abi, target),
      },
    };
  }
}
