/**
 * The entry point of a worker thread: runs a `WorkerRuntime` until the primary tells
 * it to go.
 *
 * @module
 */
import process from 'node:process';
import { workerData } from 'node:worker_threads';
import {
  DeathWatch,
  EventLoopRest,
  type WorkerListener,
  type WorkerMessage,
  WorkerRuntime,
} from '@sockpool/pool-core/worker';
import { OwnListener } from './own-listener.ts';
import { SlotTable } from './slot-table.ts';
import type { ThreadBoot, ToWorker } from './worker-channel.ts';

const {
  boot,
  port,
  slots: memory,
  connection: options,
  backlogs,
} = (workerData as ThreadBoot).sockpool;
/** Before the program can replace it. */
const exit: (code: number) => never = process.exit.bind(process);
// What the handler module finds there is nothing: the line to the primary is not for it.
Reflect.deleteProperty(workerData as ThreadBoot, 'sockpool');
const slots = new SlotTable(memory);
const rest = new EventLoopRest(port);

/** The slot table says what it can; the rest crosses the port. */
function send(message: WorkerMessage): void {
  if (message.type === 'accepted') {
    slots.serve(message.connectionId);
    return;
  }
  if (message.type === 'heartbeat') {
    slots.beat(message.eventLoopUtilization);
    return;
  }
  if (message.type === 'closed') {
    if (message.connectionId !== undefined) slots.free(message.connectionId);
    if (!slots.capacityWanted()) return;
  }
  // By now the handler module holds what it holds for good.
  if (message.type === 'ready') rest.noteHeld();
  port.postMessage(message);
}

const deathWatch = new DeathWatch({
  send: (message) => {
    send(message);
    return true;
  },
});
const runtime: WorkerRuntime = new WorkerRuntime({
  boot,
  counters: slots.counters,
  port: {
    send,
    finish: (message, code) => {
      send(message);
      deathWatch.stop();
      exit(code);
    },
    keepAlive: (keeps) => rest.keepAlive(keeps),
    rested: (limitMs) => rest.rested(limitMs),
    left: (handoffId) => {
      if (handoffId === undefined) slots.leave();
    },
  },
  listen: () => allOpened(),
  listenable: () => allOpened(),
});
/** By the index of the address; none where the main thread accepts. */
const ownListeners = backlogs.map(
  (backlog, addressIndex) =>
    new OwnListener(options, backlog, {
      connection: (connection) => {
        slots.join();
        runtime.serve(connection, addressIndex);
      },
      acceptError: (error) => runtime.acceptError(error),
    }),
);
runtime.signal.addEventListener(
  'abort',
  () => {
    for (const listener of ownListeners) listener.close();
  },
  { once: true },
);

function allOpened(): Promise<readonly WorkerListener[]> {
  return Promise.all(ownListeners.map(({ opened }) => opened));
}

port.on('message', (arrived: ToWorker) => {
  if (arrived.type === 'listener') {
    ownListeners[arrived.addressIndex]?.adopt(arrived.listener);
    return;
  }
  if (arrived.type === 'noListener') {
    ownListeners[arrived.addressIndex]?.fail(arrived.reason);
    return;
  }
  const { message, connection } = arrived;
  // Starts reading, as accepting does; http2 waits forever on a socket that does not.
  connection?.read(0);
  runtime.receive(message, connection);
});
// A connection or a listener that Node cannot make anew here.
port.on('messageerror', (error: Error) => runtime.acceptError(error));
void runtime.start();
