import {
  channel,
  ChannelFullError,
  type ConnectionHandler,
  currentWorker,
} from '@sockpool/handler';

const chat = channel('chat');
const heard: unknown[] = [];
chat.addEventListener('message', ({ data }) => heard.push(data));
const news = channel('news');
const id = currentWorker()?.id;

/** More than fits into what may wait, in parts of 64 KiB. */
const MANY = 100_000;

/** Posts and tells what it has heard, one command a line. */
const handler: ConnectionHandler = (connection) => {
  const reply = (value: unknown): void => void connection.write(`${JSON.stringify(value)}\n`);
  const commands: Readonly<Record<string, (argument: string) => void>> = {
    worker: () => void connection.write(`${id}\n`),
    post: (text) => {
      chat.postMessage(text);
      reply('posted');
    },
    /** Numbers, in order. */
    count: (to) => {
      for (let number = 1; number <= Number(to); number += 1) chat.postMessage([id, number]);
      reply('posted');
    },
    heard: () => reply(heard.splice(0)),
    /** Posts as its last deed. */
    die: (text) => {
      chat.postMessage(text);
      process.exit(3);
    },
    block: () => {
      reply('blocking');
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    },
    /** Posts without letting the event loop turn, until it is refused. */
    flood: () => {
      const part = Buffer.alloc(65_536, 'x');
      try {
        for (let posted = 0; posted < MANY; posted += 1) chat.postMessage(part);
        reply('never refused');
      } catch (error) {
        reply([error instanceof ChannelFullError, (error as ChannelFullError).code]);
      }
    },
    large: (bytes) => {
      try {
        chat.postMessage(Buffer.alloc(Number(bytes)));
        reply('posted');
      } catch (error) {
        reply((error as Error).message);
      }
    },
    close: () => {
      chat.close();
      reply('closed');
    },
    /** On another channel, which nobody but the primary may have. */
    news: (text) => {
      news.postMessage(text);
      reply('posted');
    },
  };
  connection.setEncoding('utf8').on('data', (chunk: string) => {
    for (const line of chunk.split('\n').filter(Boolean)) {
      const [name = '', ...words] = line.split(' ');
      commands[name]?.(words.join(' '));
    }
  });
};

export default handler;
