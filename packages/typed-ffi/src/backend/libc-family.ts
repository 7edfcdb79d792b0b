import { closeSync, openSync, readSync } from 'node:fs';

const PT_INTERP = 3;

/**
 * Tells whether this Node runs on musl, by the linker that its executable names.
 * `process.report`, which is asked elsewhere, waits for every thread of the process, also
 * for one that is in C, and for the names of network peers.
 */
export function runsOnMusl(): boolean {
  return process.platform === 'linux' && interpreterOf(process.execPath).includes('ld-musl');
}

/** Returns the linker that an executable of 64 bits names; '' when there is none. */
export function interpreterOf(file: string): string {
  const descriptor = openSync(file, 'r');
  const read = (position: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    readSync(descriptor, bytes, 0, length, position);
    return bytes;
  };
  try {
    const header = read(0, 64);
    if (header.toString('latin1', 0, 4) !== '\u007FELF') return '';
    const start = Number(header.readBigUInt64LE(32));
    const [size, count] = [header.readUInt16LE(54), header.readUInt16LE(56)];
    for (let i = 0; i < count; i++) {
      const segment = read(start + i * size, size);
      if (segment.readUInt32LE(0) !== PT_INTERP) continue;
      const [at, length] = [segment.readBigUInt64LE(8), segment.readBigUInt64LE(32)];
      return read(Number(at), Math.min(Number(length), 4096)).toString('latin1');
    }
    return '';
  } finally {
    closeSync(descriptor);
  }
}
