/**
 * What a fork or a thread runs that is started by hand: it loads the handler and says that it is
 * ready. In JavaScript, as a pool's own code is: to strip types takes as long as all the rest.
 *
 * @module
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

await import(isMainThread ? process.argv[2] : workerData);
if (isMainThread) {
  process.send('ready');
  process.once('disconnect', () => process.exit(0));
} else {
  parentPort.postMessage('ready');
  // A listener keeps it.
  parentPort.on('message', () => undefined);
}
