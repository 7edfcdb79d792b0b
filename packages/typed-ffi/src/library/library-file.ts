import { closeSync, openSync, readSync, statSync, type Stats } from 'node:fs';

import { FfiError } from '../errors/errors.ts';

const HEADER_BYTES = 64;
const LOADED = 1;

/**
 * Checks what would block or kill the process in the system's linker: a file that is no
 * file, such as a FIFO, and an ELF library that has been cut short.
 *
 * @param file its absolute path
 * @param given what the caller calls it
 * @throws {FfiError} with `ERR_FFI_LIBRARY_NOT_FOUND` or `ERR_FFI_LIBRARY_INVALID`
 */
export function checkLibraryFile(file: string, given: string): void {
  const fail = (code: 'INVALID' | 'NOT_FOUND', reason: string): FfiError =>
    new FfiError(`ERR_FFI_LIBRARY_${code}`, `Cannot open the library '${given}': ${reason}`);
  const tried = <T>(read: () => T): T => {
    try {
      return read();
    } catch (cause) {
      throw fail('INVALID', `it cannot be read: ${(cause as Error).message}`);
    }
  };
  const stats = tried(() => statSync(file, { throwIfNoEntry: false }));
  if (stats === undefined) throw fail('NOT_FOUND', 'there is no such file');
  if (!stats.isFile()) throw fail('INVALID', `it is ${kindOf(stats)}, not a file`);
  const descriptor = tried(() => openSync(file, 'r'));
  try {
    const neededBytes = tried(() => loadedBytes(descriptor));
    if (neededBytes > stats.size) {
      throw fail(
        'INVALID',
        `it has been cut short: it has ${stats.size} bytes, and its header says that there are ` +
          `${neededBytes} to load`,
      );
    }
  } finally {
    closeSync(descriptor);
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** Returns up to where the linker maps a 64-bit ELF file, or 0 for what is none. */
function loadedBytes(descriptor: number): number {
  const header = readAt(descriptor, 0, HEADER_BYTES);
  // The magic number, 64 bits, little endian.
  if (header.length < HEADER_BYTES || header.readUInt32BE(0) !== 0x7f_45_4c_46) return 0;
  if (header[4] !== 2 || header[5] !== 1) return 0;
  const start = Number(header.readBigUInt64LE(32));
  const [entryBytes, count] = [header.readUInt16LE(54), header.readUInt16LE(56)];
  if (entryBytes < 56) return 0;
  const table = readAt(descriptor, start, entryBytes * count);
  if (table.length < entryBytes * count) return start + entryBytes * count;
  let end = 0;
  for (let i = 0; i < count; i++) {
    const entry = i * entryBytes;
    if (table.readUInt32LE(entry) !== LOADED) continue;
    const offset = table.readBigUInt64LE(entry + 8);
    end = Math.max(end, Number(offset + table.readBigUInt64LE(entry + 32)));
  }
  return end;
}

function readAt(descriptor: number, position: number, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  if (!Number.isSafeInteger(position)) return bytes.subarray(0, 0);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, lengthBytes, position));
}
