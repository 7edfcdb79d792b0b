import { expect, test } from 'vitest';
import { SlotTable } from './slot-table.ts';

test('SlotTable gives each slot once, and again after it is free', () => {
  const table = new SlotTable(3);
  expect([table.take(), table.take(), table.take(), table.take()]).toEqual([0, 1, 2, undefined]);
  table.free(1);
  expect(table.active()).toBe(2);
  expect(table.take()).toBe(1);
});

test('SlotTable shows both sides the same slots and counters', () => {
  const primary = new SlotTable(4);
  const worker = new SlotTable(primary.buffer);
  primary.take();
  const slot = primary.take() ?? -1;
  worker.serve(slot);
  worker.counters.add('messages', 7);
  expect(primary.active()).toBe(2);
  expect(primary.handed()).toBe(1);
  expect(primary.counts().messages).toBe(7);
  worker.free(slot);
  worker.free(slot);
  expect(primary.active()).toBe(1);
});

test('SlotTable tells a connection that is on its way from a later one in the same slot', () => {
  const primary = new SlotTable(1);
  const worker = new SlotTable(primary.buffer);
  const slot = primary.take() ?? -1;
  const [first] = primary.handedSlots();
  expect(first && primary.isHanded(first)).toBe(true);
  worker.serve(slot);
  expect([first && primary.isHanded(first), primary.handed()]).toEqual([false, 0]);
  worker.free(slot);
  primary.take();
  expect([first && primary.isHanded(first), primary.handed()]).toEqual([false, 1]);
  // The primary gives up on it.
  primary.free(slot);
  expect([primary.handed(), primary.active(), primary.handedSlots()]).toEqual([0, 0, []]);
});

test('SlotTable tells when a connection has not come that was taken before another one', () => {
  const primary = new SlotTable(3);
  const worker = new SlotTable(primary.buffer);
  for (let round = 0; round < 10; round += 1) {
    const slot = primary.take() ?? -1;
    worker.serve(slot);
    worker.free(slot);
  }
  expect([primary.takeGap(), primary.served()]).toEqual([false, 10]);
  const lost = primary.take() ?? -1;
  expect([primary.takeGap(), primary.served()]).toEqual([false, 10]);
  worker.serve(primary.take() ?? -1);
  expect([primary.takeGap(), primary.takeGap(), primary.served()]).toEqual([true, false, 11]);
  // A gap counts once, whatever comes after it.
  worker.serve(primary.take() ?? -1);
  primary.free(lost);
  expect([primary.takeGap(), primary.served()]).toEqual([false, 13]);
});

test('SlotTable asks workers to speak up until it is told otherwise', () => {
  const primary = new SlotTable(1);
  const worker = new SlotTable(primary.buffer);
  expect(worker.capacityWanted()).toBe(true);
  primary.wantCapacity(false);
  expect(worker.capacityWanted()).toBe(false);
});

test("SlotTable shows the primary the worker's load, and that a beat is a new one", () => {
  const primary = new SlotTable(1);
  const worker = new SlotTable(primary.buffer);
  expect([primary.utilization(), primary.heartbeats()]).toEqual([0, 0]);
  worker.beat(0.75);
  worker.beat(0.25);
  expect([primary.utilization(), primary.heartbeats()]).toEqual([0.25, 2]);
});

test('SlotTable has no heartbeat before the first beat', () => {
  const table = new SlotTable(1);
  expect(table.heartbeatAgeMs()).toBe(Infinity);
  table.beat(0);
  expect(table.heartbeatAgeMs()).toBeLessThan(60_000);
});
