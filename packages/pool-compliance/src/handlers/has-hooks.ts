import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionHandler, currentWorker, type WorkerHook } from '@sockpool/handler';

const parameters = new URL(import.meta.url).searchParams;
const file = parameters.get('file') ?? '';
const fails = parameters.get('fails');
const worker = currentWorker();
const { generation = -1 } = worker ?? {};
const note = (what: string): void => appendFileSync(file, `${what} ${generation}\n`);

worker?.onStart(async () => {
  await delay(20);
  note('second start');
});
worker?.onStop(() => note('first stop'));

export const onWorkerStart: WorkerHook = async ({ workerId }) => {
  await delay(20);
  if (fails === 'start') throw new RangeError(`no database for worker ${workerId}`);
  if (fails === 'startHangs') await new Promise(() => setInterval(() => undefined, 1_000));
  note('first start');
};

export const onWorkerStop: WorkerHook = async () => {
  await delay(50);
  if (fails === 'stop') throw new RangeError('the database is gone');
  if (fails === 'stopHangs') await new Promise(() => setInterval(() => undefined, 1_000));
  note('last stop');
};

/** Says that it serves, and notes when its connection ends. */
const handler: ConnectionHandler = (connection) => {
  connection.write('serving\n');
  connection.once('close', () => note('closed'));
  connection.resume();
};

export default handler;
