import { PoolError } from './errors.ts';

/** What the system says for want of something that others may give back, and what helps. */
const SHORTAGES: Readonly<Record<string, string>> = {
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENFILE: 'the whole system has too many open files (fs.file-max)',
  EAGAIN: 'raise the limit of processes (ulimit -u, TasksMax, pids.max)',
  ENOMEM: 'free memory, or run fewer workers',
  ENOBUFS: 'free memory, or run fewer workers',
};

/** What else the system says, and what helps. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not run that file, or not enter the folder of the option cwd',
  EPERM: 'this user or this container may start no processes',
  ENOENT: 'Node is not there any more, or the folder of the option cwd is not there',
};

/**
 * A worker could not be made: because file descriptors, processes or memory ran out, or since the
 * system refuses to run it. The cause says why, the message what helps.
 */
export class WorkerSpawnError extends PoolError {
  override readonly name = 'WorkerSpawnError';
  readonly code = 'ERR_WORKER_SPAWN';
  /** The worker's slot in the pool. */
  readonly workerId: number;

  constructor(workerId: number, cause: Error) {
    const help = SHORTAGES[shortageOf(cause) ?? ''] ?? helpAgainst(cause);
    super(
      `Cannot spawn worker ${workerId}: ${cause.message}${help === undefined ? '' : `; ${help}`}`,
      { cause },
    );
    this.workerId = workerId;
  }
}

/**
 * Tells of what there was too little, if that is why something failed.
 *
 * @param error why it failed
 * @returns the system's name for it, such as `EMFILE`; undefined when it failed for another reason
 */
export function shortageOf(error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string' && Object.hasOwn(SHORTAGES, error.code)) {
    return error.code;
  }
  // That of a thread and of what copies a listener is in the message.
  return Object.keys(SHORTAGES).find((name) => error.message.endsWith(name));
}

function helpAgainst(refusal: Error): string | undefined {
  return 'code' in refusal &&
    typeof refusal.code === 'string' &&
    Object.hasOwn(REFUSALS, refusal.code)
    ? REFUSALS[refusal.code]
    : undefined;
}
