import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { appServer } from '../apps/app-server.ts';
import type { ConnectionHandler } from '../contract/connection-handler.ts';
import { HostedProgram, SERVES_NOTHING } from './hosted-program.ts';
import { runProgram } from './run-program.ts';

/** How long a program that listens is waited for until it has loaded, in milliseconds: some never do. */
const LOAD_MS = 1_000;

/**
 * Runs a program in this worker and makes a handler of it: of the servers that it calls `listen()` on,
 * or, if it calls it nowhere while it loads, of the app, server or handler that it exports.
 *
 * @param url the program
 * @param listenTimeoutMs how long it may take to listen once it has loaded, in milliseconds
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
  const { loaded, failed, release } = runProgram(url);
  const listening = program.listening.then(() => program.handler());
  const exported = loaded.then(async (found) => {
    // What a program exports beside listening is for its tests.
    if (found === undefined || program.listens) return undefined;
    const app = await appServer(found.exported);
    return typeof app === 'function' ? program.handlerOf(app) : program.handlerOfApp(app);
  });
  const first = await Promise.race([listening, exported, failed]);
  // What goes wrong right after it has begun to listen is a failure of its start as well.
  if (first !== undefined)
    await Promise.race([exported, failed, delay(LOAD_MS, undefined, { ref: false })]);
  const handler =
    first ??
    (await within(Promise.race([listening, failed]), listenTimeoutMs, () =>
      neverListens(url, listenTimeoutMs),
    ));
  if (program.listens && program.unserved.length > 0) {
    await within(Promise.race([program.everywhere, failed]), listenTimeoutMs, () =>
      listensNotEverywhere(url, listenTimeoutMs, program.unserved),
    );
  }
  release();
  return handler;
}

/** Waits for a result, but no longer than a time. */
async function within<Result>(
  result: Promise<Result>,
  timeoutMs: number,
  error: () => Error,
): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(error()), timeoutMs);
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

function listensNotEverywhere(
  url: string,
  listenTimeoutMs: number,
  unserved: readonly (AddressInfo | string)[],
): Error {
  const places = unserved.map((address) =>
    typeof address === 'string' ? `'${address}'` : `port ${address.port}`,
  );
  return new TypeError(
    `Cannot host the program '${fileURLToPath(url)}': it has not called listen() for ${places.join(' and ')} ` +
      `of the pool within ${listenTimeoutMs} ms; let it listen there as well, or let it export its app, which then serves every address`,
  );
}

function neverListens(url: string, listenTimeoutMs: number): Error {
  return new TypeError(
    `Cannot host the program '${fileURLToPath(url)}': it has not called listen() on a server ` +
      `within ${listenTimeoutMs} ms, and ${SERVES_NOTHING}`,
  );
}
