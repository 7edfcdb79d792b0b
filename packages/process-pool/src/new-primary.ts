import { type ChildProcess, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { type InheritedSocket, PoolError, withoutSockets } from '@sockpool/pool-core';
import { bequeath } from './inherited-sockets.ts';
import { CHANNEL, isEnvelope } from './worker-channel.ts';

/** The descriptor under which a new primary finds the first listening socket; the others follow. */
const INHERITED_FD = 3;

/** What a new primary says when it serves. */
const SERVING = 'serving';

/** The folder in which this program was started, without links. */
const FOLDER = process.cwd();

/**
 * The symbolic link that was that folder, as the shell names it in `PWD`: a deploy may have moved it to the
 * next release meanwhile. Undefined without one.
 */
const LINK = startLink();

/** The new primary did not serve; the pool serves on. */
export class UpgradeFailedError extends PoolError {
  override readonly name = 'UpgradeFailedError';
  readonly code = 'ERR_UPGRADE_FAILED';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot upgrade to a new primary, so the pool serves on: ${reason}`, options);
  }
}

/**
 * Starts this program anew, with the listening sockets in its hands, and waits until
 * it serves.
 *
 * @param sockets the listening sockets, in the order of the pool's addresses
 * @param timeoutMs how long the program may take until it serves, in milliseconds
 * @param signal ends the wait early
 * @returns the process id of the new primary, which lives on by itself
 * @throws {UpgradeFailedError} when it ends first or takes too long; it is killed then
 */
export async function startNewPrimary(
  sockets: readonly InheritedSocket[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<number> {
  const descriptors = sockets.map(({ fd }) => fd);
  const inherited = sockets.map(({ address }, index) => ({ fd: INHERITED_FD + index, address }));
  const { child } = withoutSockets(
    ['inherit', 'inherit', 'inherit', ...descriptors, 'ipc'],
    (stdio) =>
      spawn(process.execPath, [...process.execArgv, ...programArguments()], {
        ...(LINK !== undefined && { cwd: LINK }),
        env: bequeath(inherited),
        stdio,
      }),
  );
  const timer = setTimeout(
    () => child.emit('error', new Error(`it did not listen within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const onAbort = (): void => void child.emit('error', new Error('the pool has closed'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await serving(child);
  } catch (error) {
    child.on('error', () => undefined).kill('SIGKILL');
    const cause = error instanceof Error ? error : new Error(String(error));
    throw new UpgradeFailedError(cause.message, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    if (child.connected) child.disconnect();
    child.unref();
  }
  return child.pid ?? -1;
}

/** Tells the predecessor, if there is one, that this program serves on the sockets that it left. */
export function tellPredecessor(): void {
  if (!process.connected) return;
  process.send?.({ [CHANNEL]: SERVING }, undefined, {}, () => {
    if (process.connected) process.disconnect?.();
  });
}

function startLink(): string | undefined {
  const named = process.env['PWD'] ?? '';
  try {
    return named !== FOLDER && isAbsolute(named) && realpathSync(named) === FOLDER
      ? named
      : undefined;
  } catch {
    return undefined;
  }
}

/** Where the program's file is in the folder that it was started in, it is looked for by the link. */
function programArguments(): readonly string[] {
  const [file, ...others] = process.argv.slice(1);
  if (LINK === undefined || file === undefined) return process.argv.slice(1);
  const within = relative(FOLDER, file);
  const isWithin = !within.startsWith('..') && !isAbsolute(within);
  return [isWithin ? join(LINK, within) : file, ...others];
}

async function serving(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child
    .on('message', (message) => {
      if (isEnvelope(message) && message[CHANNEL] === SERVING) resolve();
    })
    .once('error', reject)
    .once('exit', (code, signal) => {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      reject(new Error(`it ended ${how} before it listened`));
    });
  return promise;
}
