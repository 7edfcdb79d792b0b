/**
 * The entry point of a thread that each worker process has for emergencies: it takes the
 * stack of the main thread when the primary asks for it, and ends the process when the
 * primary is gone. Its event loop turns when the main thread's does not.
 *
 * @module
 */
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { StackReader } from '@sockpool/pool-core/stack-reader';

/** How long the main thread may take to exit by itself when the primary is gone, in milliseconds. */
const EXIT_MS = 1_000;

/** The primary sends a byte to ask, and gets the stack, then a zero. */
const primary = new Socket({ fd: workerData as number, allowHalfOpen: true });
primary
  .on('data', (questions: Buffer) => {
    for (const _ of questions) takeStack((stack) => primary.write(`${stack}\0`));
  })
  .once('end', () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), EXIT_MS);
  })
  // The primary is gone as well; an end follows or not.
  .once('error', () => primary.emit('end'));

function takeStack(done: (stack: string) => void): void {
  // Loaded when it is needed, which it hardly ever is.
  const inspector = process.getBuiltinModule('node:inspector');
  const session = new inspector.Session();
  const reader = new StackReader();
  session.connectToMainThread();
  session.on('inspectorNotification', (message) => {
    const stack = reader.read(message);
    if (stack === undefined) return;
    done(stack);
    session.disconnect();
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}
