import { realpathSync } from 'node:fs';
import Module, { createRequire, registerHooks, syncBuiltinESMExports } from 'node:module';
import { resolve as resolvePath } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { recognizeApp } from '../apps/recognized-app.ts';
import { defaultExport } from '../hosting/handler-module.ts';

/** What a program exports that can be served. */
export interface HostableExport {
  readonly exported: unknown;
}

/** A program that is loading. */
export interface RunningProgram {
  /** Resolves when it has loaded: to what it exports, if that is an app, a server or a handler. */
  readonly loaded: Promise<HostableExport | undefined>;
  /** Rejects with what it throws, in its modules or in callbacks. */
  readonly failed: Promise<never>;
  /** From now on what it throws ends the process, as it does with any program. */
  release(): void;
}

/**
 * Runs a program as Node runs its main program, so that `require.main === module` and
 * `import.meta.main` hold there. Until it is released its errors are told to the caller only.
 *
 * @param url its `file:` URL, or that of its folder
 */
export function runProgram(url: string): RunningProgram {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  // Node tells the process also of what a main module rejects with.
  process.on('uncaughtException', reject);
  return { loaded: load(url), failed, release: () => process.off('uncaughtException', reject) };
}

async function load(url: string): Promise<HostableExport | undefined> {
  const file = fileURLToPath(url);
  process.argv.splice(1, Infinity, file);
  if (!isMainThread) keepFolder();
  // As for 'node server' and 'node .'.
  const resolved = createRequire(url).resolve(file);
  await startMain(resolved);
  const { exported } = await defaultExport(
    (await import(pathToFileURL(resolved).href)) as Readonly<Record<string, unknown>>,
  );
  const hostable = typeof exported === 'function' || recognizeApp(exported) !== undefined;
  return hostable ? { exported } : undefined;
}

/**
 * Starts it as the main module, and waits until Node loads it as that: Node does so later where it
 * has modules to load before, and whoever imports it first makes it a module like others.
 */
async function startMain(file: string): Promise<void> {
  const urls = new Set([file, realpathSync(file)].map((path) => pathToFileURL(path).href));
  const { promise: loading, resolve } = Promise.withResolvers<void>();
  const hooks = registerHooks({
    load: (url, context, nextLoad) => {
      if (urls.has(url)) resolve();
      return nextLoad(url, context);
    },
  });
  try {
    Module.runMain(file);
    await loading;
  } finally {
    hooks.deregister();
  }
}

/** Of a thread, which has the folder of its process: a program that goes there goes nowhere else. */
function keepFolder(): void {
  const chdir = (folder: string): void => {
    if (realpathSync(resolvePath(folder)) === realpathSync(process.cwd())) return;
    const error = new TypeError(
      `Cannot change the folder to '${folder}': a thread has that of its process; start the pool in that folder, or use processes`,
    );
    // The place to change is the program's.
    Error.captureStackTrace(error, chdir);
    throw error;
  };
  process.chdir = chdir;
  // Programs also import it by its name.
  syncBuiltinESMExports();
}
