import { type ChildProcess, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { PoolError, withoutSockets } from '@sockpool/pool-core';
import { bequeath, type LeftSockets } from './inherited-sockets.ts';
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

/** A new primary, which lives on by itself. */
export interface NewPrimary {
  readonly pid: number;
  /** Tells it that this program accepts nothing more beside its pool. */
  letGo(): void;
}

/**
 * Starts this program anew, with the listening sockets in its hands, and waits until
 * it serves.
 *
 * @param sockets the listening sockets
 * @param timeoutMs how long the program may take until it serves, in milliseconds
 * @param signal ends the wait early
 * @throws {UpgradeFailedError} when it ends first or takes too long; it is killed then
 */
export async function startNewPrimary(
  { pool, beside }: LeftSockets,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<NewPrimary> {
  const descriptors = [...pool, ...beside].map(({ fd }) => fd);
  const left: LeftSockets = {
    pool: pool.map((socket, index) => ({ ...socket, fd: INHERITED_FD + index })),
    beside: beside.map((socket, index) => ({ ...socket, fd: INHERITED_FD + pool.length + index })),
  };
  const { child } = withoutSockets(
    ['inherit', 'inherit', 'inherit', ...descriptors, 'ipc'],
    (stdio) =>
      spawn(process.execPath, [...process.execArgv, ...programArguments()], {
        ...(LINK !== undefined && { cwd: LINK }),
        env: bequeath(left),
        stdio,
      }),
  );
  const timer = setTimeout(
    () => child.emit('error', new Error(`it did not listen within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const onAbort = (): void => void child.emit('error', new Error('the pool has closed'));
  const letGo = (): void => {
    if (child.connected) child.disconnect();
    child.unref();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await serving(child);
  } catch (error) {
    child.on('error', () => undefined).kill('SIGKILL');
    letGo();
    const cause = error instanceof Error ? error : new Error(String(error));
    throw new UpgradeFailedError(cause.message, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
  return { pid: child.pid ?? -1, letGo };
}

/**
 * Tells the predecessor, if there is one, that this program serves on the sockets that it left.
 *
 * @param onLetGo called when the predecessor accepts nothing more beside its pool, or has ended
 */
export function tellPredecessor(onLetGo: () => void): void {
  if (!process.connected) {
    onLetGo();
    return;
  }
  process.once('disconnect', onLetGo);
  // An error is that it has ended, which that event tells.
  process.send?.({ [CHANNEL]: SERVING }, undefined, {}, () => undefined);
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
