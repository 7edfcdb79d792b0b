/**
 * The entry point of a worker process: waits for its boot message, then runs a
 * `WorkerRuntime` until the primary tells it to go, or is gone itself.
 *
 * @module
 */
import { Socket } from 'node:net';
import { receiveMessageOnPort, Worker } from 'node:worker_threads';
import {
  ParkableListener,
  type PrimaryMessage,
  serverOptions,
  type WorkerListener,
  type WorkerMessage,
  WorkerRuntime,
} from '@sockpool/worker-supervisor/worker';
import { closeInheritedListener } from './inherited-socket.ts';
import {
  isPoolMessage,
  type ProcessBoot,
  SHARED_SOCKET_FD,
  STACK_PIPE_FD,
  type ToPrimary,
  type ToWorker,
} from './worker-channel.ts';

/** How often the worker shows that its event loop turns, in milliseconds. */
const HEARTBEAT_MS = 250;

let runtime: WorkerRuntime | undefined;
/** What Node forgets of a socket on its way here. */
let allowHalfOpen = false;

process
  .on('message', (message: unknown, handle: unknown) => {
    if (!isPoolMessage(message)) return;
    const { sockpool } = message as ToWorker;
    if (sockpool.type === 'boot') {
      const { inheritedInode, backlog } = sockpool.boot;
      closeInheritedListener(inheritedInode, backlog > 0 ? SHARED_SOCKET_FD : undefined);
      allowHalfOpen = sockpool.boot.connection.allowHalfOpen;
      runtime = createRuntime(sockpool.boot);
      setInterval(() => send({ type: 'beat' }), HEARTBEAT_MS).unref();
      void runtime.start();
      if (sockpool.boot.stackPipe) startStackThread();
    } else {
      obey(sockpool, handle instanceof Socket ? handle : undefined);
    }
  })
  // The primary is gone, however it ended: nobody would ever stop this worker.
  .on('disconnect', () => process.exit(0))
  // Terminals and service managers signal the whole group; it is for the primary to act on it.
  .on('SIGINT', () => undefined)
  .on('SIGTERM', () => undefined)
  .on('SIGHUP', () => undefined)
  .on('SIGTTIN', () => undefined)
  .on('SIGTTOU', () => undefined)
  .on('SIGUSR2', () => undefined);

/** Without it, such as where Node's permission model forbids it, there is no stack; all else works. */
function startStackThread(): void {
  const entry = new URL('./stack-thread.js', import.meta.url);
  try {
    // Nothing of the program is for it: no modules to preload, no environment.
    new Worker(entry, { workerData: STACK_PIPE_FD, execArgv: [], env: {}, name: 'sockpool-stack' })
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
  else if (message.type === 'terminate' || message.type === 'drain') process.exit(0);
}

function createRuntime(boot: ProcessBoot): WorkerRuntime {
  return new WorkerRuntime({
    boot,
    port: { send, finish: (message, code) => send(message, () => process.exit(code)) },
    listen: (worker) => listenOnSharedSocket(worker, boot),
  });
}

async function listenOnSharedSocket(
  worker: WorkerRuntime,
  boot: ProcessBoot,
): Promise<WorkerListener> {
  const listener = new ParkableListener(
    serverOptions(boot.connection, false),
    {
      connection: (connection) => worker.serve(connection),
      acceptError: (error) => worker.acceptError(error),
    },
    receiveMessageOnPort,
  );
  await listener.listen({ fd: SHARED_SOCKET_FD, backlog: boot.backlog });
  return listener;
}

function send(message: WorkerMessage, done?: () => void): void {
  const envelope: ToPrimary = { sockpool: message };
  // Without a channel the primary is gone, and 'disconnect' ends this process.
  if (process.connected) process.send?.(envelope, undefined, {}, () => done?.());
  else done?.();
}
