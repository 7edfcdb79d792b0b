/** A platform that typed-ffi's shim is for. */
export interface ShimTarget {
  /** What clang and zig call it. */
  readonly triple: string;
  readonly format: 'ELF' | 'Mach-O';
  readonly machine: 'arm64' | 'x64';
}

/**
 * All of them, by `process.platform` and `process.arch`. One file serves glibc and musl: it
 * names no C library, and uses the one of the process.
 */
export const SHIM_TARGETS: Readonly<Record<string, ShimTarget>> = Object.freeze({
  'linux-x64': { triple: 'x86_64-linux-gnu.2.28', format: 'ELF', machine: 'x64' },
  'linux-arm64': { triple: 'aarch64-linux-gnu.2.28', format: 'ELF', machine: 'arm64' },
  'darwin-x64': { triple: 'x86_64-macos.13.0', format: 'Mach-O', machine: 'x64' },
  'darwin-arm64': { triple: 'aarch64-macos.13.0', format: 'Mach-O', machine: 'arm64' },
});

/** Every function of ffi-shim.h. */
export const SHIM_FUNCTIONS: readonly string[] = [
  'sockpool_address',
  'sockpool_aim',
  'sockpool_call',
  'sockpool_describe',
  'sockpool_open',
  'sockpool_symbol',
  'sockpool_text',
];

/** Returns the name of the shim's file for a target. */
export function shimFileName(name: string): string {
  return `${name}.${name.startsWith('darwin') ? 'dylib' : 'so'}`;
}
