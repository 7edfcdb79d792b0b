// The child of an isolate: calls C for its parent, one call at a time, and ends with it.
import { Worker } from 'node:worker_threads';

import type { BackendLibrary, BackendName } from '../backend/backend.ts';
import type { RawErrnoResult, RawFunction } from '../memory/raw-function.ts';
import { FfiError } from '../errors/errors.ts';
import { chooseBackend } from '../backend/choose-backend.ts';
import type { IsolateMessage, IsolateReply, IsolateRequest } from './isolate-message.ts';

const parent = process.ppid;
const libraries = new Map<string | null, BackendLibrary>();
const bound = new Map<string, RawFunction>();

function bind(request: IsolateRequest): RawFunction {
  const { path, symbol, signature, errno, link } = request;
  const key = JSON.stringify([symbol, signature, errno]);
  let raw = bound.get(key);
  if (raw === undefined) {
    let opened = libraries.get(path);
    if (opened === undefined) {
      opened = chooseBackend(request.backend).open(path, link);
      libraries.set(path, opened);
    }
    raw = opened.bind(symbol, signature, { errno, offThread: false });
    bound.set(key, raw);
  }
  return raw;
}

function fetchedFor(request: IsolateRequest, returned: unknown): Uint8Array | string | undefined {
  const { resultReads } = request.signature;
  const address = request.errno ? (returned as RawErrnoResult).value : returned;
  if (resultReads === undefined || typeof address !== 'bigint' || address === 0n) return undefined;
  const { memory } = chooseBackend(request.backend);
  return resultReads === 'string' ? memory.readString(address) : memory.read(address, resultReads);
}

function answer(request: IsolateRequest): IsolateReply {
  try {
    const returned = bind(request)(...request.values);
    return { ok: true, returned, fetched: fetchedFor(request, returned), values: request.values };
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    const code = 'code' in failure ? String(failure.code) : undefined;
    return { ok: false, code, name: failure.name, message: failure.message };
  }
}

/**
 * Makes this process end with its parent, also while C runs here and nothing is heard of
 * the parent: by the kernel, or by a thread that looks after the parent.
 */
function endWithParent(backend: BackendName): void {
  if (process.platform === 'linux') {
    const [PR_SET_PDEATHSIG, SIGKILL] = [1, 9n];
    const prctl = chooseBackend(backend)
      .open(null, { deepBind: false, global: false, lazy: false })
      .bind(
        'prctl',
        { parameters: ['i32', 'u64'], result: 'i32', fixedParameters: 1 },
        { errno: false, offThread: false },
      );
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // It may have ended before.
    if (process.ppid !== parent) process.exit();
  } else {
    const { href } = new URL(
      import.meta.url.endsWith('.ts') ? './parent-watch-thread.ts' : './parent-watch-thread.js',
      import.meta.url,
    );
    new Worker(new URL(href), { workerData: parent }).unref();
  }
}

process.on('message', (request: IsolateRequest) => {
  process.send?.(answer(request));
});
process.on('disconnect', () => process.exit());
try {
  endWithParent(process.argv[2] as BackendName);
} catch (error) {
  // A call says why its backend cannot be used.
  if (!(error instanceof FfiError)) throw error;
}
process.send?.({ ready: true } satisfies IsolateMessage);
