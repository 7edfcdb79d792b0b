import { setTimeout as delay } from 'node:timers/promises';
import { channel, type ConnectionHandler, currentWorker, runOnLeader } from '@sockpool/handler';

const task = new URL(import.meta.url).searchParams.get('task');
const { id, generation } = currentWorker() ?? {};
const news = channel('leader');
const say = (what: string): void => news.postMessage(`${what} ${id}/${generation}`);

const TASKS: Readonly<Record<string, (signal: AbortSignal) => unknown>> = {
  /** Goes on by itself. */
  holds: (signal) => {
    say('begin');
    signal.addEventListener('abort', () => say('end'));
  },
  /** Lets go a while after it is told. */
  slowly: async (signal) => {
    say('begin');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await delay(200);
    say('end');
  },
  /** Is done after a moment. */
  once: async () => {
    say('begin');
    await delay(20);
    say('end');
  },
  throws: async () => {
    say('begin');
    await delay(20);
    say('end');
    throw new RangeError('the task is too hard');
  },
  /** Lets go by nothing but its death. */
  clings: () => {
    say('begin');
    return new Promise(() => undefined);
  },
};

if (task !== null) void runOnLeader(TASKS[task] ?? (() => undefined));

/** Obeys one command a line. */
const handler: ConnectionHandler = (connection) => {
  const commands: Readonly<Record<string, () => void>> = {
    worker: () => void connection.write(`${id}\n`),
    die: () => process.exit(3),
    spin: () => {
      connection.write('spinning\n');
      setImmediate(() => {
        for (;;);
      });
    },
  };
  connection.setEncoding('utf8').on('data', (line: string) => commands[line.trim()]?.());
};

export default handler;
