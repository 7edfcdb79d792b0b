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
  expect(some.exhausted()).toBe(false);
  taken.push(openSync(devNull, 'r'));
  expect(some.exhausted()).toBe(true);
});
