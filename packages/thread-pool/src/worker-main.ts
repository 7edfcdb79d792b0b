/**
 * The entry point of a worker thread: runs a `WorkerRuntime` until the primary tells
 * it to go.
 *
 * @module
 */
import process from 'node:process';
import { workerData } from 'node:worker_threads';
import { type WorkerMessage, WorkerRuntime } from '@sockpool/worker-supervisor';
import { SlotTable } from './slot-table.ts';
import type { ThreadBoot, ToWorker } from './worker-channel.ts';

/** How often the worker shows that its event loop turns, in milliseconds. */
const HEARTBEAT_MS = 250;

const { boot, port, slots: memory } = (workerData as ThreadBoot).sockpool;
const slots = new SlotTable(memory);

/** The slot table says what it can; the rest crosses the port. */
function send(message: WorkerMessage): void {
  if (message.type === 'accepted') {
    slots.serve(message.connectionId);
    return;
  }
  if (message.type === 'load') {
    slots.sampleLoad(message.eventLoopUtilization);
    return;
  }
  if (message.type === 'closed') {
    if (message.connectionId !== undefined) slots.free(message.connectionId);
    if (!slots.placesWanted()) return;
  }
  port.postMessage(message);
}

const runtime = new WorkerRuntime({
  boot,
  counters: slots.counters,
  port: {
    send,
    finish: (message, code) => {
      send(message);
      process.exit(code);
    },
  },
});

port.on('message', ({ message, connection }: ToWorker) => {
  // Starts reading, as accepting does; http2 waits for ever on a socket that does not.
  connection?.read(0);
  runtime.receive(message, connection);
});
slots.beat();
setInterval(() => slots.beat(), HEARTBEAT_MS).unref();
void runtime.start();
