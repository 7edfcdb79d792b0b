import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { parentPort, threadId, threadName, workerData } from 'node:worker_threads';
import type { ConnectionHandler } from '@sockpool/pool-core';

/** Descriptors that a command has taken, to the last one. */
const hoard: number[] = [];

/** Obeys one command a line, so that a test can make its worker do anything. */
const handler: ConnectionHandler = (connection, context) => {
  const reply = (text: string): void => {
    connection.write(`${text}\n`);
  };
  const { promise: failed, reject } = Promise.withResolvers<void>();
  const commands: Readonly<Record<string, (argument: string) => void>> = {
    echo: (text) => {
      context.countMessages();
      reply(text.toUpperCase());
    },
    count: (text) => {
      try {
        context.countMessages(text as unknown as number);
      } catch (error) {
        reply(String(error));
      }
    },
    worker: () => reply(String(context.workerId)),
    address: () => reply(String(context.addressIndex)),
    native: () => reply(`${process.pid}/${threadId}`),
    data: () => reply(JSON.stringify(context.workerData)),
    env: (name) => reply(String(process.env[name])),
    execArgv: () => reply(JSON.stringify(process.execArgv)),
    cwd: () => reply(process.cwd()),
    name: () => reply(String(threadName)),
    aborted: () => reply(String(context.signal.aborted)),
    // Nothing of this can be cloned as it is.
    logOdd: () => {
      const circle: Record<string, unknown> = { connection, run() {}, symbol: Symbol('odd') };
      circle['circle'] = circle;
      Object.defineProperty(circle, 'owner', {
        enumerable: true,
        get() {
          throw new Error('none');
        },
      });
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      const error = Object.assign(new RangeError('too far'), { code: 'ERR_FAR' });
      context.logger.warn('odd', { circle, proxy, error, big: 10n, from: context.workerId });
    },
    throwOdd: (what) => {
      const odd: Readonly<Record<string, () => unknown>> = {
        null: () => null,
        revoked: () => {
          const { proxy, revoke } = Proxy.revocable({}, {});
          revoke();
          return proxy;
        },
        frozen: () => Object.freeze(new Error('frozen')),
        strange: () =>
          Object.defineProperties(new Error('strange'), {
            message: { value: { not: 'a text' } },
            name: { value: Symbol('name') },
            stack: { value: 5 },
          }),
      };
      reject(odd[what]?.());
    },
    // Over the line that the program shares with the pool, or has to its primary.
    send: (json) => {
      const message: unknown = JSON.parse(json);
      if (parentPort === null) process.send?.(message);
      else parentPort.postMessage(message);
      reply('sent');
    },
    workerData: () => reply(JSON.stringify(workerData)),
    log: (text) => context.logger.warn(text, { from: context.workerId }),
    // As a pino takes it, and of the worker.
    logFields: (text) => {
      context.logger.warn({ from: context.workerId }, text);
      context.worker.logger.info(text);
    },
    connection: () => reply(String(context.connectionId)),
    wait: () => {
      // The news may overtake the client's line: the two come by different ways.
      if (context.signal.aborted) reply('leaving');
      else context.signal.addEventListener('abort', () => reply('leaving'));
    },
    reject: () => reject(new Error('rejected on request')),
    throw: () => {
      setImmediate(() => {
        throw new Error('thrown on request');
      });
    },
    overflow: () => {
      const recurse = (depth: number): number => recurse(depth + 1) + 1;
      setImmediate(recurse, 0);
    },
    exit: (code) => process.exit(Number(code)),
    spin: () => {
      reply('spinning');
      setImmediate(spinForEver);
    },
    spinAndLog: () => {
      reply('spinning');
      setImmediate(() => {
        for (let nextMs = performance.now(); ;) {
          if (performance.now() < nextMs) continue;
          context.logger.info('still here');
          nextMs += 100;
        }
      });
    },
    block: () => {
      reply('blocking');
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    },
    toil: (rounds) => {
      const round = (left: number): void => {
        const untilMs = performance.now() + 180;
        while (performance.now() < untilMs);
        if (left > 1) setTimeout(round, 20, left - 1);
        else reply('toiled');
      };
      round(Number(rounds));
    },
    keepBusy: () => {
      reply('busy');
      const timer = setInterval(() => {
        const until = performance.now() + 40;
        while (performance.now() < until);
      }, 50);
      connection.once('close', () => clearInterval(timer));
    },
    fill: () => {
      const held: number[][] = [];
      setImmediate(() => {
        for (;;) held.push(Array.from({ length: 100_000 }, (_, index) => index));
      });
    },
    hoard: () => {
      try {
        for (;;) hoard.push(openSync(devNull, 'r'));
      } catch (error) {
        reply((error as NodeJS.ErrnoException).code ?? 'failed');
      }
    },
    /** Takes one now and then. */
    gather: () => {
      const timer = setInterval(() => {
        try {
          hoard.push(openSync(devNull, 'r'));
        } catch (error) {
          clearInterval(timer);
          reply((error as NodeJS.ErrnoException).code ?? 'failed');
        }
      }, 10);
    },
    yield: () => {
      for (const descriptor of hoard.splice(0)) closeSync(descriptor);
      reply('yielded');
    },
    // Answers after the client's end, and after Node has ended the connection if it does so by itself.
    late: () => void connection.once('end', () => setImmediate(() => connection.end('late\n'))),
    reset: () => void connection.resetAndDestroy(),
    marks: () => reply(`${connection.readableHighWaterMark} ${connection.writableHighWaterMark}`),
    /** Reads no more. */
    stall: () => void connection.pause(),
    remote: () => reply(`${connection.remoteAddress} ${connection.remotePort}`),
    tls: () => {
      // Loaded here, since it is half of what the start of a worker takes.
      const { TLSSocket } = process.getBuiltinModule('node:tls');
      if (!(connection instanceof TLSSocket)) return reply('none');
      const { servername, alpnProtocol, authorized, authorizationError } = connection;
      const resumed = connection.isSessionReused();
      reply(JSON.stringify({ servername, alpnProtocol, authorized, authorizationError, resumed }));
    },
    bye: () => void connection.end(),
  };
  let rest = '';
  connection.setEncoding('utf8');
  connection.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [name = '', ...words] = line.split(' ');
      commands[name]?.(words.join(' '));
    }
  });
  const closed = Symbol('closed');
  connection.once('close', () => reject(closed));
  return failed.catch((error: unknown) => {
    if (error !== closed) throw error;
  });
};

/** Named, so that a test finds it in a stack. */
function spinForEver(): never {
  for (;;);
}

export default handler;
