/**
 * Waits for the boot message of a worker process, then runs a `WorkerRuntime` until the
 * primary tells it to go. Loaded by `worker-entry.ts`.
 *
 * @module
 */
import { Socket } from 'node:net';
import { receiveMessageOnPort, Worker } from 'node:worker_threads';
import {
  BurstListener,
  closeSockets,
  DeathWatch,
  EventLoopRest,
  type PrimaryMessage,
  serverOptions,
  type WorkerListener,
  type WorkerMessage,
  WorkerRuntime,
} from '@sockpool/pool-core/worker';
import {
  CHANNEL,
  CHANNEL_FD,
  envelope,
  descriptorsOfSockets,
  isEnvelope,
  type ProcessBoot,
  STACK_PIPE_FD,
  type ToWorker,
  type WorkerSocket,
} from './worker-channel.ts';
import { WorkerMail } from './worker-mail.ts';

/** What a worker is given besides listening sockets; all other sockets that it has from its primary are not its own. */
const OWN_DESCRIPTORS: readonly number[] = [0, 1, 2, CHANNEL_FD, STACK_PIPE_FD];

/** Before the program can replace it. */
const exit: (code: number) => never = process.exit.bind(process);
const mail = new WorkerMail((messages, done) => transmit(messages, done));
const send = (message: WorkerMessage, done?: () => void): boolean => mail.send(message, done);
const deathWatch = new DeathWatch({ send, exit: () => exit(1) });
let runtime: WorkerRuntime | undefined;
/** What Node forgets of a socket on its way here. */
let allowHalfOpen = false;

process
  .on('message', (message: unknown, handle: unknown) => {
    if (!isEnvelope(message) || !isOrder(message[CHANNEL])) return;
    const order = message[CHANNEL];
    if (order.type === 'boot') {
      if (runtime !== undefined) return;
      const { boot } = order;
      const listening = descriptorsOfSockets(boot.sockets).flat();
      closeSockets(boot.foreignSockets, [...OWN_DESCRIPTORS, ...listening]);
      allowHalfOpen = boot.connection.allowHalfOpen;
      runtime = createRuntime(boot);
      void runtime.start();
      if (boot.stackPipe) startStackThread();
    } else {
      obey(order, handle instanceof Socket ? handle : undefined);
    }
  })
  // The primary is gone, however it ended: nobody would ever stop this worker.
  .on('disconnect', () => leave(0));

/** Without it, such as where Node's permission model forbids it, there is no stack; all else works. */
function startStackThread(): void {
  const entry = new URL('./stack-main.cjs', import.meta.url);
  try {
    // Nothing of the program is for it: no modules to preload, no environment.
    new Worker(entry, {
      workerData: STACK_PIPE_FD,
      execArgv: [],
      env: {},
      trackUnmanagedFds: false,
      name: 'sockpool-stack',
    })
      .on('error', () => undefined)
      .unref();
  } catch (error) {
    send({
      type: 'log',
      level: 'warn',
      message: `A worker cannot show its stack if it gets stuck: ${String(error)}`,
      fields: undefined,
    });
  }
}

function obey(message: PrimaryMessage, connection: Socket | undefined): void {
  if (connection !== undefined) connection.allowHalfOpen = allowHalfOpen;
  if (runtime !== undefined) runtime.receive(message, connection);
  else if (message.type === 'terminate' || message.type === 'drain') leave(0);
}

function createRuntime(boot: ProcessBoot): WorkerRuntime {
  const rest = new EventLoopRest({
    ref: () => process.channel?.ref(),
    unref: () => process.channel?.unref(),
  });
  return new WorkerRuntime({
    boot,
    port: {
      send: (message) => {
        // By now the handler module holds what it holds for good.
        if (message.type === 'ready') rest.noteHeld();
        send(message);
      },
      finish: (message, code) => send(message, () => leave(code)),
      keepAlive: (keeps) => rest.keepAlive(keeps),
      rested: (limitMs) => rest.rested(limitMs),
    },
    listen: (worker) => {
      const descriptors = descriptorsOfSockets(boot.sockets);
      return Promise.all(
        boot.sockets.map((socket, index) =>
          listenOn(descriptors[index] ?? [], socket, boot.connection, worker),
        ),
      );
    },
  });
}

async function listenOn(
  [fd = -1, ...spares]: readonly number[],
  { addressIndex, backlog }: WorkerSocket,
  connectionOptions: ProcessBoot['connection'],
  worker: WorkerRuntime,
): Promise<WorkerListener> {
  const listener = new BurstListener({
    options: serverOptions(connectionOptions, false),
    events: {
      connection: (connection) => worker.serve(connection, addressIndex),
      acceptError: (error) => worker.acceptError(error),
    },
    receive: receiveMessageOnPort,
    spares,
  });
  await listener.listen({ fd, backlog });
  return listener;
}

/** Only the primary is at the other end; what a program emits on `process` by itself does no harm. */
function isOrder(order: unknown): order is ToWorker {
  return typeof order === 'object' && order !== null && 'type' in order;
}

/** Returns whether the messages were sent, or at least queued behind few others. */
function transmit(messages: readonly WorkerMessage[], done?: () => void): boolean {
  // Without a channel the primary is gone, and 'disconnect' ends this process.
  if (process.connected) {
    return process.send?.(envelope(messages), undefined, {}, () => done?.()) ?? false;
  }
  done?.();
  return false;
}

/** Ends this process, which is as it should be. */
function leave(code: number): never {
  deathWatch.stop();
  exit(code);
}
