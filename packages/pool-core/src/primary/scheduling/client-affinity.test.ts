import { expect, test } from 'vitest';
import { scheduleByClient } from './client-affinity.ts';

const workers = (...ids: number[]) => ids.map((id) => ({ id }));
const CLIENTS = Array.from(
  { length: 10_000 },
  (_, index) => `10.${index >> 8}.${index & 255}.${(index * 7) & 255}`,
);
const assign = (ids: number[], clients = CLIENTS) =>
  clients.map((client) => scheduleByClient(workers(...ids), client)?.id ?? -1);

test('A client gets the same worker again, whatever the order of the workers', () => {
  expect(assign([3, 1, 0, 2])).toEqual(assign([0, 1, 2, 3]));
});

test('Clients spread evenly over the workers', () => {
  for (const clients of [CLIENTS, CLIENTS.map((_, index) => `2001:db8::${index.toString(16)}`)]) {
    const shares = [0, 0, 0, 0, 0];
    for (const id of assign([0, 1, 2, 3, 4], clients)) shares[id] = (shares[id] ?? 0) + 1;
    // 2,000 each; five standard deviations of a random spread are 200.
    for (const share of shares) expect(Math.abs(share - 2_000)).toBeLessThan(200);
  }
});

test('A worker that goes away moves its own clients only, and spreads them over the others', () => {
  const before = assign([0, 1, 2, 3]);
  const after = assign([0, 1, 3]);
  const moved = before.flatMap((id, index) => (id === 2 ? [after[index]] : []));
  expect(after.filter((_, index) => before[index] !== 2)).toEqual(before.filter((id) => id !== 2));
  for (const heir of [0, 1, 3]) {
    expect(moved.filter((id) => id === heir).length / moved.length).toBeCloseTo(1 / 3, 1);
  }
});

test('A worker that is added takes its share of the clients and moves no other', () => {
  const before = assign([0, 1, 2]);
  const after = assign([0, 1, 2, 3]);
  const moved = after.filter((id, index) => id !== before[index]);
  expect(new Set(moved)).toEqual(new Set([3]));
  expect(moved.length / CLIENTS.length).toBeCloseTo(1 / 4, 1);
});

test('An IPv4 client has one worker, whether it comes by IPv4 or by IPv6', () => {
  const mapped = CLIENTS.map((client) => `::ffff:${client}`);
  expect(assign([0, 1, 2, 3], mapped)).toEqual(assign([0, 1, 2, 3]));
});

test('An IPv6 address that only begins like a mapped one is taken as a whole', () => {
  const groups = CLIENTS.map((_, index) => (index + 1).toString(16));
  const whole = assign(
    [0, 1, 2, 3],
    groups.map((group) => `::ffff:${group}`),
  );
  expect(whole).not.toEqual(assign([0, 1, 2, 3], groups));
});

test('Without an address there is no choice', () => {
  expect(scheduleByClient(workers(0, 1), undefined)).toBeUndefined();
});
