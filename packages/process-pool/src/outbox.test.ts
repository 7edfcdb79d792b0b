import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Outbox } from './outbox.ts';
import type { ToWorker } from './worker-channel.ts';

const PAUSE: ToWorker = { type: 'pause' };

function outbox(): { box: Outbox; sent: (number | string)[]; answered: () => void } {
  const sent: (number | string)[] = [];
  let unanswered = 0;
  const handoffs = {
    get count() {
      return unanswered;
    },
    add: () => {
      unanswered += 1;
    },
  };
  const box = new Outbox(handoffs, (message) => {
    sent.push(message.type === 'connection' ? message.connectionId : message.type);
  });
  const answered = (): void => {
    unanswered -= 1;
    box.flush();
  };
  return { box, sent, answered };
}

function connection(connectionId: number): [ToWorker, Socket] {
  return [{ type: 'connection', connectionId, addressIndex: 0 }, new Socket()];
}

test('Outbox gives Node two connections at a time, and keeps the order of everything', () => {
  const { box, sent, answered } = outbox();
  for (const id of [0, 1, 2]) box.add(...connection(id));
  box.add(PAUSE);
  box.add(...connection(3));
  expect(sent).toEqual([0, 1]);
  answered();
  expect(sent).toEqual([0, 1, 2, 'pause']);
  answered();
  expect(sent).toEqual([0, 1, 2, 'pause', 3]);
});

test('Outbox takes back connections that wait, and sends what waited behind them', () => {
  const { box, sent } = outbox();
  for (const id of [0, 1, 2]) box.add(...connection(id));
  box.add(PAUSE);
  box.add(...connection(3));
  expect(box.takeBack()).toEqual([2, 3]);
  box.flush();
  expect(sent).toEqual([0, 1, 'pause']);
});

test('Outbox forgets what waits for a worker that is gone', () => {
  const { box, sent, answered } = outbox();
  for (const id of [0, 1, 2]) box.add(...connection(id));
  box.clear();
  answered();
  expect([sent, box.takeBack()]).toEqual([[0, 1], []]);
});
