import { fstatSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { InheritedSocket } from '@sockpool/pool-core';
import { closeSockets } from '@sockpool/pool-core/launch';

/** Where a new primary finds what its predecessor leaves to it. */
const VARIABLE = 'SOCKPOOL_INHERITED_SOCKETS';

const NONE: LeftSockets = Object.freeze({ pool: [], beside: [] });

/** A listening socket of a server beside the pool. */
export interface BesideSocket {
  /** Its descriptor in this process. */
  readonly fd: number;
  /** The address, or the path. */
  readonly address: AddressInfo | string;
  /** By what a new primary asks for it. */
  readonly beside: string;
}

/** What one primary leaves to the next. */
export interface LeftSockets {
  /** The pool's, in the order of its addresses. */
  readonly pool: readonly InheritedSocket[];
  readonly beside: readonly BesideSocket[];
}

/**
 * Makes the environment of a new primary, that tells it of the sockets it inherits.
 *
 * @param sockets with the descriptors that they will have there
 */
export function bequeath(sockets: LeftSockets): NodeJS.ProcessEnv {
  return { ...process.env, [VARIABLE]: JSON.stringify(sockets) };
}

/**
 * Tells which descriptors of sockets a predecessor has left to this process, which the first
 * `ProcessPool` takes: in a new primary after `upgrade()`, before that pool is made. For programs that
 * listen on descriptors, such as those of systemd, which are for the first process only.
 *
 * @returns in the order of the predecessor's addresses; none if there was no predecessor
 */
export function inheritedDescriptors(): readonly number[] {
  return inherited().pool.map(({ fd }) => fd);
}

/**
 * Takes the sockets that a predecessor has left to this process. Once taken they are gone,
 * so that neither another pool nor a worker takes them as well.
 */
export function takeInheritedSockets(): LeftSockets {
  const left = inherited();
  delete process.env[VARIABLE];
  const descriptors = [...left.pool, ...left.beside].map(({ fd }) => fd);
  const inodes = descriptors.flatMap((fd) => inodeOf(fd) ?? []);
  // A listener that was parked there has been duplicated by Node without close-on-exec.
  if (process.platform === 'linux') closeSockets(inodes, descriptors);
  return inodes.length === descriptors.length ? left : NONE;
}

function inherited(): LeftSockets {
  const text = process.env[VARIABLE];
  return text === undefined ? NONE : (JSON.parse(text) as LeftSockets);
}

/** Undefined when it is no socket. */
function inodeOf(fd: number): number | undefined {
  const status = fstatSync(fd);
  return status.isSocket() ? status.ino : undefined;
}
