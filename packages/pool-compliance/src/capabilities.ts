/** `true`, or the reason why it is not so: the titles of the tests that are skipped for it tell. */
export type Capability = true | string;

/**
 * What a kind of worker can do. The suite skips what it cannot, with the reason; where a pool has
 * to refuse instead, by a typed error, that is tested.
 */
export interface Capabilities {
  /**
   * Its workers accept by themselves. Then nobody chooses the worker of a connection, and the pool
   * refuses the options that only a primary which accepts can keep.
   */
  readonly acceptsInWorkers: Capability;
  /**
   * It serves unix-domain sockets. One that moves sockets cannot, since Node moves none but those
   * of TCP, and refuses them with `ERR_SOCKET_TRANSFER_UNSUPPORTED`.
   */
  readonly servesUnixSockets: Capability;
  /**
   * Each worker is a process or a thread, with globals and a native id of its own: what ends it,
   * blocks it or fills its heap leaves the others alone, and a new one loads its handler anew.
   */
  readonly runsApart: Capability;
  /**
   * Each worker is a process: it has descriptors of its own, gets signals, and its program may send
   * messages on the line to the primary.
   */
  readonly isProcess: Capability;
  /** The pool and `restart()` take the options `env` and `execArgv`, for its workers. */
  readonly takesEnvironment: Capability;
  /** A child process that the program starts meanwhile does not keep the port open. */
  readonly keepsPortFromChildren: Capability;
  /** The pool has `upgrade()`, which hands the listening socket to a new primary. */
  readonly upgrades: Capability;
}

/** Whether tests are skipped, and what their titles say of it. */
export interface Requirement {
  readonly missing: boolean;
  /** The reason in brackets; empty when nothing is missing. */
  readonly note: string;
}

/**
 * Looks whether a kind of pool can do what tests need.
 *
 * @param kind the kind of pool
 * @param needed all that they need
 */
export function requirement(
  { capabilities }: { readonly capabilities: Capabilities },
  ...needed: readonly (keyof Capabilities)[]
): Requirement {
  const reason = needed.map((name) => capabilities[name]).find((capability) => capability !== true);
  return reason === undefined
    ? { missing: false, note: '' }
    : { missing: true, note: ` (skipped: ${reason})` };
}
