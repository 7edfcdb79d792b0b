import { registerHooks } from 'node:module';

/** Where the list is, whichever copy of this module asks. */
const LIST = Symbol.for('sockpool.loaded-files');
const store = globalThis as { [LIST]?: string[] };

/** The URLs of all files that were loaded since this module was, which is to be preloaded. */
export function loadedFiles(): readonly string[] {
  return store[LIST] ?? [];
}

if (store[LIST] === undefined) {
  const list: string[] = [];
  store[LIST] = list;
  registerHooks({
    load: (url, context, next) => {
      list.push(url);
      return next(url, context);
    },
  });
}
