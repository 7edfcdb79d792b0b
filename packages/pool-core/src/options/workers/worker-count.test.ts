import { expect, test } from 'vitest';
import type { CgroupLimits } from './cgroup-limits.ts';
import { autoWorkers, resolveWorkerCount } from './worker-count.ts';

const MIB = 2 ** 20;
const env = {};

/** A machine of eight processors. */
function machine(limits: Partial<CgroupLimits> = {}) {
  return () => ({
    parallelism: 8,
    limits: {
      cpus: undefined,
      cpusFrom: 'cpu.max',
      memoryBytes: undefined,
      memoryFrom: 'memory.max',
      ...limits,
    },
  });
}

test.each([
  [{}, 8, '8 processors'],
  [{ cpus: 2 }, 2, '2 processors by cpu.max'],
  [{ cpus: 2.5, cpusFrom: 'cpu.cfs_quota_us' }, 2, '2.5 processors by cpu.cfs_quota_us'],
  [{ cpus: 0.25 }, 1, '0.25 processors by cpu.max'],
  [{ cpus: 64 }, 8, '8 processors'],
  [{ memoryBytes: 1_100 * MIB }, 4, 'memory.max of 1100 MiB holds 4 of 256 MiB each'],
  [{ memoryBytes: 64 * MIB }, 1, 'memory.max of 64 MiB holds 1 of 256 MiB each'],
  [{ memoryBytes: 64 * 1_024 * MIB }, 8, '8 processors'],
  [{ cpus: 3, memoryBytes: 512 * MIB }, 2, 'memory.max of 512 MiB holds 2 of 256 MiB each'],
])('Of 8 processors with the limits %j there are %i workers', (limits, workers, reason) => {
  expect(autoWorkers({ env }, machine(limits))).toEqual({ workers, reason });
});

test('A worker may be expected to take more or less', () => {
  const small = machine({ memoryBytes: 1_024 * MIB });
  expect(autoWorkers({ env, expectedWorkerBytes: 512 * MIB }, small).workers).toBe(2);
  expect(autoWorkers({ env, expectedWorkerBytes: 128 * MIB }, small).workers).toBe(8);
});

test('WEB_CONCURRENCY decides, whatever the machine has', () => {
  const one = machine({ cpus: 1 });
  expect(autoWorkers({ env: { WEB_CONCURRENCY: '5' } }, one)).toEqual({
    workers: 5,
    reason: 'WEB_CONCURRENCY says so',
  });
  for (const unset of ['auto', '']) {
    expect(autoWorkers({ env: { WEB_CONCURRENCY: unset } }, one).workers).toBe(1);
  }
});

test.each(['0', '-1', '2.5', 'many', ' 2', '1e3', '1025', '0x2', 'AUTO'])(
  'WEB_CONCURRENCY %j is refused',
  (value) => {
    expect(() => autoWorkers({ env: { WEB_CONCURRENCY: value } })).toThrow(
      new RangeError(`WEB_CONCURRENCY must be a whole number, 1 to 1024, or auto, got '${value}'`),
    );
  },
);

test('autoWorkers() refuses options that are wrong', () => {
  expect(() => autoWorkers({ expectedWorkerBytes: 256 })).toThrow(
    new RangeError('Option expectedWorkerBytes must be a whole number, 1048576 or more, got 256'),
  );
  expect(() => autoWorkers({ expectedBytes: 1 } as object)).toThrow(
    'Unknown option expectedBytes of autoWorkers()',
  );
});

test('A number of workers needs no reason, and a word other than auto is refused', () => {
  expect(resolveWorkerCount(3, undefined)).toEqual({ workers: 3, workersReason: undefined });
  expect(() => resolveWorkerCount('max', undefined)).toThrow(
    new TypeError("Option workers must be a whole number, 1 to 1024, or 'auto', got 'max'"),
  );
});
