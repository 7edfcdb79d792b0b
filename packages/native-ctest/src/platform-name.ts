import { runsOnMusl } from '@sockpool/typed-ffi';

/** What a platform is told by. */
export interface Platform {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** The C library that Node runs on; undefined where there is neither. */
  readonly libc: 'glibc' | 'musl' | undefined;
}

/** Returns the platform that this process runs on. */
export function thisPlatform(): Platform {
  const { platform, arch } = process;
  if (platform !== 'linux') return { platform, arch, libc: undefined };
  return { platform, arch, libc: runsOnMusl() ? 'musl' : 'glibc' };
}

/** Returns a platform's name as the packages with a prebuilt library end in it. */
export function platformName({ platform, arch, libc }: Platform): string {
  if (platform !== 'linux') return `${platform}-${arch}`;
  return `${platform}-${arch}-${libc === 'musl' ? 'musl' : 'gnu'}`;
}

/** Returns the name of the package that holds the library for a platform, if there is one. */
export function prebuiltPackage(platform: Platform): string {
  return `@sockpool/native-ctest-${platformName(platform)}`;
}
