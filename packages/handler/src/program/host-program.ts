import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { appServer } from '../apps/app-server.ts';
import type { ConnectionHandler } from '../contract/connection-handler.ts';
import { ENDS_UNSERVED, HostedProgram, SERVES_NOTHING } from './hosted-program.ts';
import { runProgram } from './run-program.ts';

/** How long a program that listens is waited for until it has loaded, in milliseconds: some never do. */
const LOAD_MS = 1_000;

/**
 * Runs a program in this worker and makes a handler of it: of the servers that it calls `listen()` on,
 * or, if it calls it nowhere while it loads, of the app, server or handler that it exports.
 *
 * @param url the program
 * @param listenTimeoutMs how long it may take to listen once it has loaded, in milliseconds; when its
 *   event loop is empty it never will, and is not waited for
 * @param ports those that it has to listen on; none for any
 * @throws {TypeError} when it neither listens in time nor exports what can be served, listens on
 *   another port, or not at every address of the pool
 * @throws {unknown} what it throws before it listens
 */
export async function hostProgram(
  url: string,
  listenTimeoutMs: number,
  ports: readonly number[] = [],
): Promise<ConnectionHandler> {
  const program = new HostedProgram(ports);
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  let isEnded = false;
  const onEnd = (): void => {
    isEnded = true;
    resolve(undefined);
  };
  process.once('beforeExit', onEnd);
  const { loaded, failed, release } = runProgram(url);
  const listening = program.listening.then(() => program.handler());
  const exported = loaded.then(async (found) => {
    // What a program exports beside listening is for its tests.
    if (found === undefined || program.listens) return undefined;
    const app = await appServer(found.exported);
    return typeof app === 'function' ? program.handlerOf(app) : program.handlerOfApp(app);
  });
  const first = await Promise.race([listening, exported, failed, ended]);
  // What goes wrong right after it has begun to listen is a failure of its start as well.
  if (first !== undefined) await within(Promise.race([exported, failed, ended]), LOAD_MS);
  const handler =
    first ?? (await within(Promise.race([listening, failed, ended]), listenTimeoutMs));
  if (handler === undefined) throw neverListens(url, isEnded ? undefined : listenTimeoutMs);
  if (program.listens && program.unserved.length > 0) {
    await within(Promise.race([program.everywhere, failed, ended]), listenTimeoutMs);
    if (program.unserved.length > 0)
      throw listensNotEverywhere(url, isEnded ? undefined : listenTimeoutMs, program.unserved);
  }
  // Node tells of promises that were rejected meanwhile once the turn is over.
  const turn = Promise.withResolvers<void>();
  setImmediate(turn.resolve);
  await Promise.race([turn.promise, failed]);
  process.off('beforeExit', onEnd);
  release();
  return handler;
}

/** Waits for a result, but no longer than a time; a wait that ends without one gives undefined. */
async function within<Result>(
  result: Promise<Result>,
  timeoutMs: number,
): Promise<Result | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, timeoutMs, undefined).unref();
  try {
    return await Promise.race([result, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** @param waitedMs how long it was waited for; undefined when nothing keeps the program running */
function listensNotEverywhere(
  url: string,
  waitedMs: number | undefined,
  unserved: readonly (AddressInfo | string)[],
): Error {
  const places = unserved.map((address) =>
    typeof address === 'string' ? `'${address}'` : `port ${address.port}`,
  );
  const when =
    waitedMs === undefined ? ', and nothing is left that it waits for' : ` within ${waitedMs} ms`;
  return new TypeError(
    `Cannot host the program '${fileURLToPath(url)}': it has not called listen() for ${places.join(' and ')} ` +
      `of the pool${when}; let it listen there as well, or let it export its app, which then serves every address`,
  );
}

/** @param waitedMs how long it was waited for; undefined when nothing keeps the program running */
function neverListens(url: string, waitedMs: number | undefined): Error {
  const lack =
    waitedMs === undefined
      ? ENDS_UNSERVED
      : `it has not called listen() on a server within ${waitedMs} ms, and ${SERVES_NOTHING}`;
  return new TypeError(`Cannot host the program '${fileURLToPath(url)}': ${lack}`);
}
