import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionHandler } from '@sockpool/handler';

const parameters = new URL(import.meta.url).searchParams;
const file = parameters.get('file') ?? '';
/** What an application may hold for good. */
if (parameters.get('holds') === 'interval') setInterval(() => undefined, 10_000);

const work = async (name: string): Promise<void> => {
  await delay(300);
  appendFileSync(file, `${name}\n`);
};

/** Ends each connection at once, and does work that its first line names afterwards. */
const handler: ConnectionHandler = async (connection, context) => {
  const [line] = (await connection.setEncoding('utf8').take(1).toArray()) as [string];
  const name = line.trim();
  switch (name) {
    case 'returned':
      connection.destroy();
      return work(name);
    case 'waitUntil':
      context.waitUntil(work(name));
      break;
    case 'untold':
      void work(name);
      break;
    case 'listener':
      context.worker.signal.addEventListener('abort', () => work(name), { once: true });
      break;
  }
  connection.destroy();
};

export default handler;
