import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { WorkerMessage } from '../src/protocol/messages.ts';
import type { WorkerListener } from '../src/worker/worker-port.ts';
import { WorkerRuntime } from '../src/worker/worker-runtime.ts';
import type { WorkerBoot } from '../src/protocol/worker-handle.ts';
import { memoryBoot } from './fixtures/memory-worker.ts';
import { closed, socketPair } from './fixtures/socket-pair.ts';

const handlerUrl = (name: string): string =>
  new URL(`./fixtures/handlers/${name}.ts`, import.meta.url).href;

/** How it is told to go. */
const ORDER = { reason: 'restart', graceMs: 10_000 } as const;

/** Runs a worker in this process and notes what it says and does. */
function running(
  options: Partial<WorkerBoot> & {
    handler?: string;
    listen?: (runtime: WorkerRuntime) => Promise<WorkerListener>;
  } = {},
) {
  const { handler = 'waits', listen, ...boot } = options;
  const said: WorkerMessage[] = [];
  const finished = Promise.withResolvers<number>();
  const listenerCalls: string[] = [];
  const ownListener: WorkerListener = {
    park: () => listenerCalls.push('park'),
    unpark: () => listenerCalls.push('unpark'),
    close: () => listenerCalls.push('close'),
  };
  const runtime = new WorkerRuntime({
    boot: {
      ...memoryBoot(2),
      handlerUrl: handlerUrl(handler),
      maxConnections: 2,
      generation: 0,
      standby: false,
      ...boot,
    },
    port: {
      // Its heart beats all the while.
      send: (message) => message.type === 'heartbeat' || said.push(message),
      finish: (message, code) => {
        said.push(message);
        finished.resolve(code);
      },
    },
    listen: async (worker) => [listen === undefined ? ownListener : await listen(worker)],
  });
  onTestFinished(() => runtime.terminate());
  const types = (): string[] => said.map(({ type }) => type).filter((type) => type !== 'report');
  return { runtime, said, types, finished: finished.promise, listenerCalls };
}

async function greeting(client: Socket): Promise<string> {
  return String((await once(client, 'data'))[0]);
}

test('WorkerRuntime says that it is ready once its handler is loaded', async () => {
  const { runtime, types } = running();
  await runtime.start();
  expect(types()).toEqual(['ready']);
});

test.each([
  ['no-function', /must have a function as its default export, got 'not a function'/],
  ['does-not-exist', /does-not-exist/],
])('WorkerRuntime reports why it cannot boot: %s', async (handler, reason) => {
  const { runtime, said, finished } = running({ handler });
  await runtime.start();
  expect(await finished).toBe(1);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatchObject({
    type: 'bootFailed',
    error: { message: expect.stringMatching(reason) },
  });
});

test('WorkerRuntime serves a connection it is handed, and tells when it has closed', async () => {
  const { runtime, types, said } = running();
  await runtime.start();
  const { client, served } = await socketPair();
  runtime.receive({ type: 'connection', connectionId: 7, addressIndex: 0 }, served);
  expect(await greeting(client)).toBe('2 false');
  client.end();
  await closed(served);
  expect(types()).toEqual(['ready', 'accepted', 'closed']);
  expect(said.filter(({ type }) => type === 'closed')).toEqual([
    { type: 'closed', connectionId: 7 },
  ]);
  runtime.receive({ type: 'report', requestId: 3 });
  expect(said.at(-1)).toMatchObject({
    type: 'report',
    requestId: 3,
    report: { activeConnections: 0, totalConnections: 1, messages: 1 },
  });
});

test('WorkerRuntime gives a slot back for a client that went away on the way', async () => {
  const { runtime, types } = running();
  await runtime.start();
  runtime.receive({ type: 'connection', connectionId: 7, addressIndex: 0 });
  expect(types()).toEqual(['ready', 'accepted', 'closed']);
});

test('WorkerRuntime destroys the connection of a handler that throws, and goes on', async () => {
  const { runtime, types, said } = running({ handler: 'throws' });
  await runtime.start();
  const { served } = await socketPair();
  runtime.receive({ type: 'connection', connectionId: 7, addressIndex: 0 }, served);
  await closed(served);
  expect(types()).toEqual(['ready', 'accepted', 'handlerError', 'closed']);
  expect(said.find(({ type }) => type === 'handlerError')).toMatchObject({
    error: { message: 'thrown at once', code: 'ERR_AT_ONCE' },
  });
});

test('WorkerRuntime counts a reset by the client and survives it', async () => {
  const { runtime, said } = running();
  await runtime.start();
  const { client, served } = await socketPair();
  runtime.receive({ type: 'connection', connectionId: 7, addressIndex: 0 }, served);
  await greeting(client);
  client.resetAndDestroy();
  await closed(served);
  runtime.receive({ type: 'report', requestId: 0 });
  expect(said.at(-1)).toMatchObject({ report: { socketErrors: 1, activeConnections: 0 } });
});

test('WorkerRuntime drains: it fires the signal, serves what is open, and exits after the last', async () => {
  const { runtime, types, finished, said } = running();
  await runtime.start();
  const [early, late] = [await socketPair(), await socketPair()];
  runtime.receive({ type: 'connection', connectionId: 1, addressIndex: 0 }, early.served);
  expect(await greeting(early.client)).toBe('2 false');
  runtime.receive({ type: 'drain', ...ORDER });
  // Was on its way when the worker was told to drain.
  runtime.receive({ type: 'connection', connectionId: 2, addressIndex: 0 }, late.served);
  expect(await greeting(late.client)).toBe('2 true');
  early.client.end();
  await closed(early.served);
  expect(types()).toEqual(['ready', 'accepted', 'accepted', 'closed']);
  late.client.end();
  expect(await finished).toBe(0);
  expect(said.at(-1)).toMatchObject({ type: 'exiting', cutConnections: 0 });
});

test('WorkerRuntime that drains with nothing open exits at once, and refuses what comes then', async () => {
  const { runtime, types, finished } = running();
  await runtime.start();
  runtime.receive({ type: 'drain', ...ORDER });
  expect(await finished).toBe(0);
  const { served } = await socketPair();
  runtime.receive({ type: 'connection', connectionId: 7, addressIndex: 0 }, served);
  expect(types()).toEqual(['ready', 'exiting', 'refused']);
  expect(served.destroyed).toBe(true);
});

test('WorkerRuntime cuts everything when it is terminated, and tells how much', async () => {
  const { runtime, said, finished } = running();
  await runtime.start();
  const pairs = [await socketPair(), await socketPair()];
  for (const [connectionId, { served }] of pairs.entries()) {
    runtime.receive({ type: 'connection', connectionId, addressIndex: 0 }, served);
  }
  runtime.receive({ type: 'terminate' });
  runtime.receive({ type: 'terminate' });
  expect(await finished).toBe(0);
  expect(said.filter(({ type }) => type === 'exiting')).toMatchObject([{ cutConnections: 2 }]);
  expect(pairs.map(({ served }) => served.destroyed)).toEqual([true, true]);
});

test('WorkerRuntime parks its own listener while it is full or paused', async () => {
  const { runtime, listenerCalls } = running({ accepting: true, maxConnections: 1 });
  await runtime.start();
  const { client, served } = await socketPair();
  expect(listenerCalls.splice(0)).toEqual(['unpark']);
  runtime.serve(served, 0);
  expect(listenerCalls.splice(0)).toEqual(['park']);
  runtime.receive({ type: 'pause' });
  client.end();
  await closed(served);
  expect(listenerCalls.splice(0)).toEqual(['park', 'park']);
  runtime.receive({ type: 'resume' });
  expect(listenerCalls.splice(0)).toEqual(['unpark']);
});

test('A connection has room for the listeners of all that serves it, without a warning of a leak', async () => {
  const { runtime } = running();
  await runtime.start();
  const { served } = await socketPair();
  const warnings: string[] = [];
  const note = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  runtime.serve(served, 0);
  // An HTTP server, metrics, protection and a drain have eleven of them.
  for (let index = 0; index < 11; index += 1) served.on('close', () => undefined);
  // Warnings come by the queue of process.nextTick().
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});

test('WorkerRuntime says nothing of each close while it accepts by itself, and does from then on', async () => {
  const { runtime, types, listenerCalls } = running({ accepting: true });
  await runtime.start();
  const [first, second] = [await socketPair(), await socketPair()];
  runtime.serve(first.served, 0);
  runtime.serve(second.served, 0);
  first.client.end();
  await closed(first.served);
  expect(types()).toEqual(['ready']);
  runtime.receive({ type: 'stopAccepting', ...ORDER });
  expect(listenerCalls.at(-1)).toBe('close');
  second.client.end();
  await closed(second.served);
  expect(types()).toEqual(['ready', 'acceptingStopped', 'closed']);
});

test('WorkerRuntime that is terminated while its listener opens closes it', async () => {
  const opening = Promise.withResolvers<WorkerListener>();
  let closes = 0;
  const { runtime, types, finished } = running({
    accepting: true,
    listen: async (worker) => {
      worker.terminate();
      return opening.promise;
    },
  });
  const starting = runtime.start();
  expect(await finished).toBe(0);
  opening.resolve({
    park: () => undefined,
    unpark: () => undefined,
    close: () => {
      closes += 1;
    },
  });
  await starting;
  expect(closes).toBe(1);
  expect(types()).toEqual(['exiting']);
});

test.each(['before', 'while'] as const)(
  'WorkerRuntime that is told to stop accepting %s its listener opens accepts nothing by itself',
  async (when) => {
    const opening = Promise.withResolvers<WorkerListener>();
    const calls: string[] = [];
    const { runtime, types } = running({
      accepting: true,
      listen: async () => {
        calls.push('listen');
        if (when === 'while') runtime.receive({ type: 'stopAccepting', ...ORDER });
        return opening.promise;
      },
    });
    const starting = runtime.start();
    if (when === 'before') runtime.receive({ type: 'stopAccepting', ...ORDER });
    opening.resolve({
      park: () => calls.push('park'),
      unpark: () => calls.push('unpark'),
      close: () => calls.push('close'),
    });
    await starting;
    expect(calls).toEqual(when === 'before' ? [] : ['listen', 'close']);
    expect(types()).toEqual(['acceptingStopped', 'ready']);
    // The primary hands connections over from now on, and hears of each close.
    const { client, served } = await socketPair();
    runtime.receive({ type: 'connection', connectionId: 7, addressIndex: 0 }, served);
    expect(await greeting(client)).toBe('2 true');
    client.end();
    await closed(served);
    expect(types().at(-1)).toBe('closed');
  },
);

test('WorkerRuntime of a paused pool parks its listener from the start', async () => {
  const { runtime, types, listenerCalls } = running({ accepting: true, paused: true });
  await runtime.start();
  expect(listenerCalls.splice(0)).toEqual(['park']);
  expect(types()).toEqual(['ready']);
  runtime.receive({ type: 'resume' });
  expect(listenerCalls).toEqual(['unpark']);
});

test('WorkerRuntime that is terminated counts what its listener had held back as cut', async () => {
  const { client, served } = await socketPair();
  const { runtime, said, finished } = running({
    accepting: true,
    listen: async (worker) => ({
      park: () => undefined,
      unpark: () => undefined,
      close: () => worker.serve(served, 0),
    }),
  });
  await runtime.start();
  runtime.terminate();
  await finished;
  expect(said.at(-1)).toMatchObject({ type: 'exiting', cutConnections: 1 });
  client.resume();
  await closed(client);
});
