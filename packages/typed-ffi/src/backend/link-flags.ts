import { constants } from 'node:os';

import type { Shim } from '../shim/shim.ts';
import type { LinkOptions } from './backend.ts';

/** Keeps a library in memory, whoever closes it; `os.constants.dlopen` leaves it out. */
const RTLD_NODELETE: Readonly<Partial<Record<NodeJS.Platform, number>>> = {
  darwin: 0x80,
  freebsd: 0x1000,
  linux: 0x1000,
};

/** Returns dlopen()'s flags: every symbol is resolved at once, unless `lazy` is asked for. */
export function linkFlags({ deepBind, global, lazy }: LinkOptions): number {
  const { RTLD_DEEPBIND = 0, RTLD_GLOBAL, RTLD_LAZY, RTLD_LOCAL, RTLD_NOW } = constants.dlopen;
  return (
    (lazy ? RTLD_LAZY : RTLD_NOW) |
    (global ? RTLD_GLOBAL : RTLD_LOCAL) |
    (deepBind ? RTLD_DEEPBIND : 0) |
    (RTLD_NODELETE[process.platform] ?? 0)
  );
}

/** Tells whether the linker can make a library prefer its own symbols. */
export function canDeepBind(): boolean {
  return (constants.dlopen as { RTLD_DEEPBIND?: number }).RTLD_DEEPBIND !== undefined;
}

/** Keeps an addon in memory when Node closes it at the end of a thread. */
export function keepLoaded(shim: Shim, addon: string | undefined): void {
  shim.open(addon ?? null, linkFlags({ deepBind: false, global: false, lazy: true }));
}
