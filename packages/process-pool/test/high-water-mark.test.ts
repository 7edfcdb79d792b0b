import { handlerUrl, listeningPool } from '@sockpool/pool-compliance';
import { ProcessPool } from '@sockpool/process-pool';
import { expect, test } from 'vitest';
import { acceptingInWorkers as kind } from './fixtures/process-pools.ts';

const connection = { highWaterMarkBytes: 4_321 };

const makeAcceptingInPrimary = (): ProcessPool =>
  new ProcessPool({ handler: handlerUrl('commands'), accept: 'primary', connection });

test('ProcessPool sets the high water mark of the connections that its workers accept', async () => {
  const { connect } = await listeningPool(kind, { connection, workers: 1 });
  expect(await (await connect()).ask('marks')).toBe('4321 4321');
});

test('ProcessPool keeps the high water mark after its worker was full', async () => {
  const { connect } = await listeningPool(kind, {
    connection,
    workers: 1,
    maxConnectionsPerWorker: 1,
  });
  for (let round = 0; round < 3; round += 1) {
    const client = await connect();
    expect(await client.ask('marks')).toBe('4321 4321');
    await client.end();
  }
});

test('ProcessPool that accepts in the primary refuses a high water mark, which connections lose', () => {
  expect(makeAcceptingInPrimary).toThrow(
    expect.objectContaining({
      code: 'ERR_SOCKET_TRANSFER_UNSUPPORTED',
      message: expect.stringContaining(
        "Cannot make a ProcessPool with accept 'primary' with connection.highWaterMarkBytes 4321",
      ),
    }),
  );
});
