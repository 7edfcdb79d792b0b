import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { platformName, prebuiltPackage, thisPlatform, type Platform } from './platform-name.ts';

interface Manifest {
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc?: readonly string[];
  readonly main: string;
}

function manifest(folder: string): Manifest {
  const file = new URL(`../../${folder}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

const SUPPORTED: readonly Platform[] = [
  { platform: 'darwin', arch: 'arm64', libc: undefined },
  { platform: 'darwin', arch: 'x64', libc: undefined },
  { platform: 'linux', arch: 'arm64', libc: 'glibc' },
  { platform: 'linux', arch: 'arm64', libc: 'musl' },
  { platform: 'linux', arch: 'x64', libc: 'glibc' },
  { platform: 'linux', arch: 'x64', libc: 'musl' },
];

test('the platforms with a prebuilt library are the optional dependencies', () => {
  expect(SUPPORTED.map((platform) => prebuiltPackage(platform))).toEqual(
    Object.keys(manifest('native-ctest').optionalDependencies),
  );
});

test.for(SUPPORTED)('the package for $platform $arch $libc is for that alone', (platform) => {
  const { os, cpu, libc, main } = manifest(`native-ctest-${platformName(platform)}`);
  expect({ os, cpu, libc, main }).toEqual({
    os: [platform.platform],
    cpu: [platform.arch],
    libc: platform.platform === 'linux' ? [platform.libc] : libc,
    main: `./build/libctest.${platform.platform === 'darwin' ? 'dylib' : 'so'}`,
  });
});

test.for([
  [{ platform: 'linux', arch: 'riscv64', libc: 'glibc' }, 'linux-riscv64-gnu'],
  [{ platform: 'freebsd', arch: 'x64', libc: undefined }, 'freebsd-x64'],
  [{ platform: 'win32', arch: 'x64', libc: undefined }, 'win32-x64'],
] as const)('%o is %s, which no package is for', ([platform, name]) => {
  expect(platformName(platform)).toBe(name);
  expect(manifest('native-ctest').optionalDependencies).not.toHaveProperty(
    prebuiltPackage(platform),
  );
});

test('this platform is the one that Node reports', () => {
  const { platform, arch, libc } = thisPlatform();
  expect([platform, arch]).toEqual([process.platform, process.arch]);
  expect(libc).toEqual(
    platform === 'linux' ? expect.stringMatching(/^(?:glibc|musl)$/) : undefined,
  );
});
