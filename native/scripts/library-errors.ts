import type { PrebuiltTarget } from './prebuilt-targets.ts';

/** Every function of ctest.h. */
const FUNCTIONS: readonly string[] = [
  'add',
  'add_into',
  'mult',
  'mult_bounded',
  'sum',
  'sum_bounded',
  'swap',
  'titlecase',
  'titlecase_bounded',
  'tokenize',
  'tokenize_bounded',
  'visit_tokens',
];

const ELF_MACHINES = new Map([
  [0x3e, 'x64'],
  [0xb7, 'arm64'],
]);
const MACH_O_MACHINES = new Map([
  [0x0100_0007, 'x64'],
  [0x0100_000c, 'arm64'],
]);
const MACH_O_64 = 0xfeed_facf;
/** The glibc of the oldest system that Node 24 runs on. */
const NEWEST_GLIBC_MINOR = 28;

function formatOf(bytes: Buffer): string {
  if (bytes.length < 64) return 'nothing that is known';
  if (bytes.toString('latin1', 0, 4) === '\u007FELF') {
    return `ELF for ${ELF_MACHINES.get(bytes.readUInt16LE(18)) ?? 'another machine'}`;
  }
  if (bytes.readUInt32LE(0) === MACH_O_64) {
    return `Mach-O for ${MACH_O_MACHINES.get(bytes.readUInt32LE(4)) ?? 'another machine'}`;
  }
  return 'nothing that is known';
}

/** Sections that a stripped library does not have. */
const DEBUG_SECTIONS: readonly string[] = ['.symtab', '.debug_info', '.debug_str', '__debug_info'];

/** Absolute paths that a compiler leaves: of sources and of the folder it ran in. */
const BUILD_PATH = /(?:\/[\w.+-]+){2,}\/[\w.+-]+\.(?:c|h|s|S)\b/;

/** Says what is wrong with any binary's bytes: its format, its machine, its names, its traces. */
export function binaryErrors(
  bytes: Buffer,
  target: Pick<PrebuiltTarget, 'format' | 'machine'>,
  functions: readonly string[],
): string[] {
  const expected = `${target.format} for ${target.machine}`;
  const found = formatOf(bytes);
  if (found !== expected) return [`it is ${found}, not ${expected}`];
  const text = bytes.toString('latin1');
  const prefix = target.format === 'Mach-O' ? '_' : '';
  const missing = functions.filter((name) => !text.includes(`\0${prefix}${name}\0`));
  const debug = DEBUG_SECTIONS.filter((name) => text.includes(`\0${name}\0`));
  const path = BUILD_PATH.exec(text)?.[0] ?? [process.cwd()].find((one) => text.includes(one));
  return [
    ...(missing.length === 0 ? [] : [`it lacks ${missing.join(', ')}`]),
    ...(debug.length === 0 ? [] : [`it is not stripped: it has ${debug.join(', ')}`]),
    ...(path === undefined ? [] : [`it holds the path '${path}'`]),
  ];
}

/** Says what is wrong with a library's bytes, and whether its C library is the right one. */
export function libraryErrors(bytes: Buffer, target: PrebuiltTarget): string[] {
  const errors = binaryErrors(bytes, target, FUNCTIONS);
  const expected = `${target.format} for ${target.machine}`;
  const found = formatOf(bytes);
  if (found !== expected) return errors;
  const text = bytes.toString('latin1');
  const names = (name: string): boolean => text.includes(`\0${name}\0`);
  const needed = target.format === 'Mach-O' ? text.includes(target.needs) : names(target.needs);
  const glibc = [...text.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
  return [
    ...errors,
    ...(needed ? [] : [`it does not name ${target.needs}`]),
    ...(target.needsNot !== undefined && names(target.needsNot)
      ? [`it names ${target.needsNot}`]
      : []),
    ...(glibc.some((minor) => minor > NEWEST_GLIBC_MINOR)
      ? [`it needs glibc 2.${Math.max(...glibc)}, and Node 24 runs on 2.${NEWEST_GLIBC_MINOR}`]
      : []),
  ];
}
