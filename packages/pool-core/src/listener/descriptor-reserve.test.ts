import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { DescriptorReserve } from './descriptor-reserve.ts';

/** The lowest number that is free. */
function nextDescriptor(): number {
  const descriptor = openSync(devNull, 'r');
  closeSync(descriptor);
  return descriptor;
}

function reserve(limit?: number): DescriptorReserve {
  const made = new DescriptorReserve(limit);
  onTestFinished(() => made.release());
  return made;
}

test('DescriptorReserve takes descriptors once, and gives all of them back', () => {
  const before = nextDescriptor();
  const some = reserve();
  expect(some.fill()).toBe(true);
  const after = nextDescriptor();
  expect(after).toBeGreaterThan(before);
  expect(some.fill()).toBe(true);
  expect(nextDescriptor()).toBe(after);
  some.release();
  some.release();
  expect(nextDescriptor()).toBe(before);
});

test('DescriptorReserve sees that the next descriptor is close to the limit', () => {
  const next = nextDescriptor();
  expect(reserve(next + 1).exhausted()).toBe(true);
  expect(reserve(100 * (next + 1)).exhausted()).toBe(false);
  expect(reserve(Infinity).exhausted()).toBe(false);
});

test("DescriptorReserve knows the process's own limit", () => {
  expect(reserve().exhausted()).toBe(false);
});

test('DescriptorReserve is not deceived by a hole that another thread leaves', () => {
  const next = nextDescriptor();
  const some = reserve(8 * (next + 1));
  expect(some.exhausted()).toBe(false);
  const taken = Array.from({ length: 7 * (next + 1) }, () => openSync(devNull, 'r'));
  onTestFinished(() => {
    for (const descriptor of taken) closeSync(descriptor);
  });
  closeSync(taken.shift() ?? -1);
  taken.push(openSync(devNull, 'r'));
  expect(some.exhausted()).toBe(true);
});

test('DescriptorReserve looks again before what it has not seen can be too much', () => {
  let looks = 0;
  let open = 100;
  const some = new DescriptorReserve(10_000, () => {
    looks += 1;
    return open;
  });
  const taken = (count: number): boolean[] =>
    Array.from({ length: count }, () => {
      open += 1;
      return some.taken();
    });
  expect(taken(90 * 65)).not.toContain(true);
  // One look for itself and the 64 after it.
  expect([looks, some.scarce]).toEqual([90, false]);
  open = 10_000 - 128;
  expect([some.exhausted(), some.scarce]).toEqual([false, true]);
  // The fewer there are the fewer are taken unseen, and none of the last ones.
  expect(taken(120).indexOf(true)).toBe(128 - 16 - 1);
});

test('DescriptorReserve looks each time where the system does not count', () => {
  const next = nextDescriptor();
  const some = new DescriptorReserve(8 * (next + 1), () => undefined);
  expect(some.taken()).toBe(false);
  const taken = Array.from({ length: 7 * (next + 1) }, () => openSync(devNull, 'r'));
  onTestFinished(() => {
    for (const descriptor of taken) closeSync(descriptor);
  });
  expect(some.taken()).toBe(true);
});
