import type {
  ConnectionOptions,
  PrimaryMessage,
  WorkerBoot,
  WorkerMessage,
} from '@sockpool/pool-core/worker';

/** The descriptor number of the channel that messages cross. */
export const CHANNEL_FD = 3;

/** The descriptor number of the pipe on which a worker is asked for its stack. */
export const STACK_PIPE_FD = 4;

/**
 * The descriptor number under which a worker finds the first shared listening socket. More
 * descriptors of it follow, as many as `WorkerSocket.spares` says, and then the other sockets.
 */
export const FIRST_SOCKET_FD = 5;

/** A shared listening socket of a worker. */
export interface WorkerSocket {
  /** Which of the pool's addresses it is, from 0. */
  readonly addressIndex: number;
  /** Connections that may wait in the kernel, for the worker's `listen()`. */
  readonly backlog: number;
  /** How many more descriptors of it there are. */
  readonly spares: number;
}

/**
 * Says by which descriptors a worker has its sockets.
 *
 * @param sockets in the order of their descriptors
 */
export function descriptorsOfSockets(
  sockets: readonly Pick<WorkerSocket, 'spares'>[],
): readonly (readonly number[])[] {
  let next = FIRST_SOCKET_FD;
  return sockets.map(({ spares }) => Array.from({ length: 1 + spares }, () => next++));
}

/** What a worker process is sent first. */
export interface ProcessBoot extends WorkerBoot {
  readonly connection: Required<ConnectionOptions>;
  /** The sockets to accept on, by descriptors from {@link FIRST_SOCKET_FD} on. */
  readonly sockets: readonly WorkerSocket[];
  /** The inodes of sockets of the primary's program; the worker closes what it has of them. */
  readonly foreignSockets: readonly number[];
  /** Whether there is a pipe on which to ask for the stack. */
  readonly stackPipe: boolean;
}

/** The key that keeps the pool's messages apart from those that the program sends of its own. */
export const CHANNEL = '@sockpool/process-pool';

/** What the primary tells a worker process. */
export type ToWorker = PrimaryMessage | { readonly type: 'boot'; readonly boot: ProcessBoot };

/** What crosses the channel, in either direction. */
export interface Envelope<Message> {
  readonly [CHANNEL]: Message;
}

/**
 * Puts a message into what crosses the channel.
 *
 * @param message what to say
 */
export function envelope<Message extends ToWorker | readonly WorkerMessage[]>(
  message: Message,
): Envelope<Message> {
  return { [CHANNEL]: message };
}

/**
 * Tells whether a message on the channel belongs to the pool.
 *
 * @param message anything that came over the channel
 */
export function isEnvelope(message: unknown): message is Envelope<unknown> {
  return typeof message === 'object' && message !== null && Object.hasOwn(message, CHANNEL);
}
