import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BoundedClients } from './bounded-clients.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function add(clients: BoundedClients, address: string): Socket {
  const client = Object.defineProperty(new Socket(), 'remoteAddress', { value: address });
  clients.add(client);
  return client;
}

test('the address with the most clients loses its oldest', () => {
  const clients = new BoundedClients(4, 1_000);
  const probe = add(clients, '192.0.2.9');
  const flood = Array.from({ length: 10 }, () => add(clients, '192.0.2.1'));
  expect(probe.destroyed).toBe(false);
  expect(flood.map(({ destroyed }) => destroyed)).toEqual([
    ...Array.from({ length: 7 }, () => true),
    false,
    false,
    false,
  ]);
  expect(clients.count).toBe(4);
});

test('a client has its time, and one that has gone makes room', async () => {
  const clients = new BoundedClients(4, 1_000);
  const [early, gone] = [add(clients, '192.0.2.1'), add(clients, '192.0.2.1')];
  gone.destroy();
  await new Promise((resolve) => gone.once('close', resolve));
  expect(clients.count).toBe(1);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(999);
  expect(early.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(early.destroyed).toBe(true);
});
