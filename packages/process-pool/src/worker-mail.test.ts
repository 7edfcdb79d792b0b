import type { WorkerMessage } from '@sockpool/pool-core/worker';
import { expect, test } from 'vitest';
import { WorkerMail } from './worker-mail.ts';

function mail(): { mail: WorkerMail; sent: (readonly string[])[] } {
  const sent: (readonly string[])[] = [];
  return {
    sent,
    mail: new WorkerMail((messages) => {
      sent.push(messages.map((message) => JSON.stringify(Object.values(message))));
      return true;
    }),
  };
}

const accepted = (connectionId: number): WorkerMessage => ({ type: 'accepted', connectionId });
const closed = (connectionId: number): WorkerMessage => ({ type: 'closed', connectionId });

test('WorkerMail tells of closed connections along with the next message, in order', () => {
  const { mail: tell, sent } = mail();
  tell.send(closed(1));
  tell.send(closed(2));
  expect(sent).toEqual([]);
  tell.send(accepted(3));
  tell.send(accepted(4));
  expect(sent).toEqual([['["closed",1]', '["closed",2]', '["accepted",3]'], ['["accepted",4]']]);
});

test('WorkerMail tells of closed connections when the event loop has turned', async () => {
  const { mail: tell, sent } = mail();
  tell.send(closed(1));
  tell.send(closed(2));
  // Node runs those that were made first before.
  await new Promise(setImmediate);
  expect(sent).toEqual([['["closed",1]', '["closed",2]']]);
});
