/** What a platform is told by. */
export interface Platform {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** The glibc that Node runs on; undefined with musl, and where there is neither. */
  readonly glibc: string | undefined;
}

/** Returns the platform that this process runs on. */
export function thisPlatform(): Platform {
  const { platform, arch } = process;
  if (platform !== 'linux') return { platform, arch, glibc: undefined };
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return { platform, arch, glibc: report.header?.glibcVersionRuntime };
}

/** Returns a platform's name as the packages with a prebuilt library end in it. */
export function platformName({ platform, arch, glibc }: Platform): string {
  if (platform !== 'linux') return `${platform}-${arch}`;
  return `${platform}-${arch}-${glibc === undefined ? 'musl' : 'gnu'}`;
}

/** Returns the name of the package that holds the library for a platform, if there is one. */
export function prebuiltPackage(platform: Platform): string {
  return `@sockpool/native-ctest-${platformName(platform)}`;
}
