/** A platform that a package with a prebuilt library is for. */
export interface PrebuiltTarget {
  /** What clang and zig call it, with the oldest system that Node 24 runs on. */
  readonly triple: string;
  /** The library's file. */
  readonly file: string;
  readonly format: 'ELF' | 'Mach-O';
  readonly machine: 'arm64' | 'x64';
  /** The C library that it must name, and must not name. */
  readonly needs: string;
  readonly needsNot?: string | undefined;
}

/** All of them, by the end of the package's name. */
export const PREBUILT_TARGETS: Readonly<Record<string, PrebuiltTarget>> = Object.freeze({
  'linux-x64-gnu': elf('x64', 'x86_64-linux-gnu.2.28', 'libc.so.6'),
  'linux-arm64-gnu': elf('arm64', 'aarch64-linux-gnu.2.28', 'libc.so.6'),
  'linux-x64-musl': elf('x64', 'x86_64-linux-musl', 'libc.so', 'libc.so.6'),
  'linux-arm64-musl': elf('arm64', 'aarch64-linux-musl', 'libc.so', 'libc.so.6'),
  'darwin-x64': machO('x64', 'x86_64-macos.13.0'),
  'darwin-arm64': machO('arm64', 'aarch64-macos.13.0'),
});

function elf(
  machine: 'arm64' | 'x64',
  triple: string,
  needs: string,
  needsNot?: string,
): PrebuiltTarget {
  return { triple, file: 'libctest.so', format: 'ELF', machine, needs, needsNot };
}

function machO(machine: 'arm64' | 'x64', triple: string): PrebuiltTarget {
  return {
    triple,
    file: 'libctest.dylib',
    format: 'Mach-O',
    machine,
    needs: '/usr/lib/libSystem.B.dylib',
  };
}

/**
 * Returns the target of that name.
 *
 * @throws {Error} when there is none.
 */
export function targetOf(name: string): PrebuiltTarget {
  const target = PREBUILT_TARGETS[name];
  if (target !== undefined) return target;
  throw new Error(
    `There is no target '${name}': it must be one of ${Object.keys(PREBUILT_TARGETS).join(', ')}`,
  );
}

/** Returns the name of the target that this machine is, whether there is one or not. */
export function hostName(): string {
  const { platform, arch } = process;
  if (platform !== 'linux') return `${platform}-${arch}`;
  // It would look up the names of network peers.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return `${platform}-${arch}-${report.header?.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}`;
}
