// The child of an isolate: calls C for its parent, one call at a time, and ends with it.
import type { BackendLibrary, RawErrnoResult, RawFunction } from '../backend/backend.ts';
import { chooseBackend } from '../backend/choose-backend.ts';
import type { IsolateMessage, IsolateReply, IsolateRequest } from './isolate-message.ts';

const libraries = new Map<string | null, BackendLibrary>();
const bound = new Map<string, RawFunction>();

function bind(request: IsolateRequest): RawFunction {
  const { path, symbol, signature, errno } = request;
  const key = JSON.stringify([symbol, signature, errno]);
  let raw = bound.get(key);
  if (raw === undefined) {
    let opened = libraries.get(path);
    if (opened === undefined) {
      opened = chooseBackend(request.backend).open(path);
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

process.on('message', (request: IsolateRequest) => {
  process.send?.(answer(request));
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true } satisfies IsolateMessage);
