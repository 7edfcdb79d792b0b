import type {
  ConnectionOptions,
  PrimaryMessage,
  WorkerBoot,
  WorkerMessage,
} from '@sockpool/worker-supervisor/worker';

/** The descriptor number under which a worker finds the shared listening socket. */
export const SHARED_SOCKET_FD = 3;

/** The descriptor number of the pipe on which a worker is asked for its stack. */
export const STACK_PIPE_FD = 5;

/** What a worker process is sent first. */
export interface ProcessBoot extends WorkerBoot {
  readonly connection: Required<ConnectionOptions>;
  /** Connections that may wait in the kernel, for the worker's `listen()`. */
  readonly backlog: number;
  /** The inode of a listening socket of the primary that the worker is to close its copy of. */
  readonly inheritedInode: number | undefined;
  /** Whether there is a pipe on which to ask for the stack. */
  readonly stackPipe: boolean;
}

/** What crosses the channel to a worker. The key keeps it apart from messages of the user's own. */
export interface ToWorker {
  readonly sockpool: PrimaryMessage | { readonly type: 'boot'; readonly boot: ProcessBoot };
}

/** What crosses the channel to the primary. */
export interface ToPrimary {
  readonly sockpool: WorkerMessage;
}

/**
 * Tells whether a message on the channel belongs to the pool.
 *
 * @param message anything that came over the channel
 */
export function isPoolMessage(message: unknown): message is { readonly sockpool: unknown } {
  return typeof message === 'object' && message !== null && 'sockpool' in message;
}
