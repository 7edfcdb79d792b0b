import { FfiError } from '../errors/errors.ts';
import type { Backend, BackendName } from './backend.ts';
import { FfiRsBackend } from './ffi-rs-backend.ts';
import { KoffiBackend } from './koffi-backend.ts';
import { NodeFfiBackend } from './node-ffi-backend.ts';

const MAKERS: Readonly<Record<BackendName, () => Backend>> = {
  'ffi-rs': () => new FfiRsBackend(),
  koffi: () => new KoffiBackend(),
  'node:ffi': () => new NodeFfiBackend(),
};

/** The names of all backends, the default first. */
export const BACKENDS: readonly BackendName[] = Object.freeze(['ffi-rs', 'node:ffi', 'koffi']);

/** The machines that the shim is written for. */
const ARCHITECTURES: readonly string[] = ['arm64', 'x64'];

const made = new Map<BackendName, Backend>();

function isBackendName(name: string): name is BackendName {
  return Object.hasOwn(MAKERS, name);
}

/** What takes the first of {@link FASTEST} that can be used. */
const ANY = 'fastest';

/** All backends, by the time that a call takes. */
const FASTEST: readonly BackendName[] = Object.freeze(['koffi', 'node:ffi', 'ffi-rs']);

/**
 * Returns the backend of that name, or the one that `SOCKPOOL_FFI_BACKEND` names, or
 * ffi-rs. It is made once in a thread. `'fastest'` is the fastest that can be used.
 *
 * @throws {RangeError} when there is no such backend
 * @throws {FfiError} with `ERR_FFI_BACKEND_UNAVAILABLE` when it cannot be loaded here
 */
export function chooseBackend(wanted?: string): Backend {
  const name = wanted ?? (process.env['SOCKPOOL_FFI_BACKEND'] || 'ffi-rs');
  if (name === ANY) {
    const usable = FASTEST.find((one) => backendAvailability(one).available);
    return chooseBackend(usable ?? 'ffi-rs');
  }
  if (!isBackendName(name)) {
    throw new RangeError(
      `Cannot use the backend '${name}': it must be one of ${BACKENDS.join(', ')}, ${ANY}`,
    );
  }
  if (!ARCHITECTURES.includes(process.arch)) {
    throw new FfiError(
      'ERR_FFI_BACKEND_UNAVAILABLE',
      `Cannot call C on ${process.arch}: supported are ${ARCHITECTURES.join(', ')}`,
    );
  }
  let backend = made.get(name);
  if (backend === undefined) {
    backend = MAKERS[name]();
    made.set(name, backend);
  }
  return backend;
}

/** Tells whether a backend can be used here, and if not, why. */
export function backendAvailability(name: BackendName): {
  readonly available: boolean;
  readonly reason: string;
} {
  try {
    chooseBackend(name);
    return { available: true, reason: '' };
  } catch (error) {
    if (!(error instanceof FfiError)) throw error;
    return { available: false, reason: error.message };
  }
}
