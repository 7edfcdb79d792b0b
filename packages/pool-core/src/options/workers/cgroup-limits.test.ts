import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cgroupLimits } from './cgroup-limits.ts';

const MIB = 2 ** 20;
const NO_LIMIT_OF_VERSION_1 = '9223372036854771712\n';

/** A machine's files, as far as control groups are concerned. */
function system(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'cgroup-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test('Version 2, in a container: the limits of its own group', () => {
  const root = system({
    'proc/self/cgroup': '0::/\n',
    'sys/fs/cgroup/cpu.max': '150000 100000\n',
    'sys/fs/cgroup/memory.max': `${512 * MIB}\n`,
  });
  expect(cgroupLimits(root)).toEqual({
    cpus: 1.5,
    cpusFrom: 'cpu.max',
    memoryBytes: 512 * MIB,
    memoryFrom: 'memory.max',
  });
});

test('Version 2, by a service manager: the lowest limit of the group and those above it', () => {
  const root = system({
    'proc/self/cgroup': '0::/system.slice/app.service\n',
    'sys/fs/cgroup/system.slice/cpu.max': '200000 100000\n',
    'sys/fs/cgroup/system.slice/memory.max': `${300 * MIB}\n`,
    'sys/fs/cgroup/system.slice/app.service/cpu.max': 'max 100000\n',
    'sys/fs/cgroup/system.slice/app.service/memory.max': `${600 * MIB}\n`,
  });
  expect(cgroupLimits(root)).toMatchObject({ cpus: 2, memoryBytes: 300 * MIB });
});

test('Version 1, in a container, where the path is the one of the host', () => {
  const root = system({
    'proc/self/cgroup': '5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n',
    'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '300000\n',
    'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': `${256 * MIB}\n`,
  });
  expect(cgroupLimits(root)).toEqual({
    cpus: 3,
    cpusFrom: 'cpu.cfs_quota_us',
    memoryBytes: 256 * MIB,
    memoryFrom: 'memory.limit_in_bytes',
  });
});

test.each<[string, Record<string, string>]>([
  ['There are no control groups', {}],
  [
    'Version 2 says max',
    {
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/memory.max': 'max\n',
    },
  ],
  [
    'Version 1 says -1',
    {
      'proc/self/cgroup': '5:memory:/\n4:cpu,cpuacct:/\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': NO_LIMIT_OF_VERSION_1,
    },
  ],
  [
    'The files are no numbers',
    {
      'proc/self/cgroup': 'nonsense\n0::/../../etc\n',
      'sys/fs/cgroup/cpu.max': 'none\n',
      'sys/fs/cgroup/memory.max': '\n',
    },
  ],
])('%s: no limits', (_title, files) => {
  expect(cgroupLimits(system(files))).toMatchObject({ cpus: undefined, memoryBytes: undefined });
});

test('The limits of this process can be read', () => {
  const { cpus = 1, memoryBytes = 1 } = cgroupLimits();
  expect(cpus).toBeGreaterThan(0);
  expect(memoryBytes).toBeGreaterThan(0);
});
