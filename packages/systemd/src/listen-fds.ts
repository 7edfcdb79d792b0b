import { fstatSync } from 'node:fs';
import { requireKnownOptions } from '@sockpool/option-checks';
import { SocketActivationError } from './socket-activation-error.ts';

/** The first descriptor that systemd passes, `SD_LISTEN_FDS_START`. */
const FIRST_FD = 3;

/** The most descriptors that are taken: systemd passes no more than a unit lists. */
const MAX_COUNT = 65_536;

/** What systemd calls a socket that has no `FileDescriptorName=`. */
const UNKNOWN_NAME = 'unknown';

const NUMBER = /^(?:0|[1-9]\d*)$/;

/** A descriptor that was passed to this process. */
export interface PassedDescriptor {
  /** The number, from 3 on, in the order of the `.socket` unit. */
  readonly fd: number;
  /** The unit's `FileDescriptorName=`; `'unknown'` where none was told. */
  readonly name: string;
}

/** How the descriptors are found. */
export interface ListenFdsOptions {
  /**
   * Whether to leave the variables in the environment.
   * @default false
   */
  readonly keepEnvironment?: boolean;
  /**
   * The environment to read and to change.
   * @default process.env
   */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Every option, for the check of their names. */
const KNOWN = Object.freeze({
  keepEnvironment: true,
  environment: true,
} satisfies Record<keyof ListenFdsOptions, true>);

/**
 * Lists the sockets that systemd, or `systemd-socket-activate`, passed to this process, as
 * `sd_listen_fds_with_names(3)` does.
 *
 * The list is empty when none were passed, or when they were passed to another process, which is
 * so when a wrapper such as a shell or npm started this one. The variables are removed from the
 * environment, whatever the result, so that no child takes the sockets for its own and a second
 * call gives an empty list. Node cannot mark the descriptors close-on-exec: a child process that
 * is started before they are listened on inherits them, as long as it has not that many of `stdio`.
 *
 * It opens and closes nothing: listen with `server.listen({ fd })` or `pool.listen({ fd })`.
 *
 * @param options where to look
 * @throws {TypeError} when an option is unknown
 * @throws {SocketActivationError} when a variable is not what systemd sets, or a descriptor is not open
 */
export function listenFds(options: ListenFdsOptions = {}): PassedDescriptor[] {
  requireKnownOptions(options, KNOWN, { of: 'listenFds()' });
  const environment = options.environment ?? process.env;
  const { LISTEN_PID: pid, LISTEN_FDS: count, LISTEN_FDNAMES: names } = environment;
  if (options.keepEnvironment !== true) {
    // systemd 257 and later also set LISTEN_PIDFDID.
    for (const name of ['LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) {
      delete environment[name];
    }
  }
  if (pid === undefined) return [];
  if (!NUMBER.test(pid) || Number(pid) === 0) {
    throw new SocketActivationError('LISTEN_PID', pid, 'the id of a process');
  }
  if (Number(pid) !== process.pid) return [];
  if (count === undefined) return [];
  if (!NUMBER.test(count) || Number(count) > MAX_COUNT) {
    throw new SocketActivationError('LISTEN_FDS', count, `a whole number, 0 to ${MAX_COUNT}`);
  }
  const descriptors = nameDescriptors(Number(count), names);
  for (const [index, { fd }] of descriptors.entries()) {
    if (isOpen(fd)) continue;
    throw new SocketActivationError(
      'LISTEN_FDS',
      count,
      `the number of descriptors that are open from ${FIRST_FD} on, which is ${index}`,
    );
  }
  return descriptors;
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

function nameDescriptors(count: number, text: string | undefined): PassedDescriptor[] {
  const names = text === undefined || text === '' ? undefined : text.split(':');
  if (names !== undefined && names.length !== count) {
    throw new SocketActivationError('LISTEN_FDNAMES', text, `${count} names with ':' between them`);
  }
  return Array.from({ length: count }, (_, index) => ({
    fd: FIRST_FD + index,
    name: names?.[index] ?? UNKNOWN_NAME,
  }));
}
