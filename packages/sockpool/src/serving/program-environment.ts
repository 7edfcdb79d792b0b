import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { PASSED_SOCKETS } from './service-manager.ts';

/**
 * What a program that is served has of the command's environment, in workers and where it is asked on
 * what it listens: not what steers the pool or is a new primary's. What is compiled is kept
 * where the command keeps it.
 */
export function programEnvironment(): NodeJS.ProcessEnv {
  // Who steers the pool has the token, and a new primary the sockets; no program that is served does.
  const { SOCKPOOL_TOKEN: _, [PASSED_SOCKETS]: __, ...inherited } = process.env;
  return { ...compileCacheVariable(), ...inherited };
}

function compileCacheVariable(): { readonly NODE_COMPILE_CACHE?: string } {
  const folder = getCompileCacheDir();
  // Node adds its version by itself.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}
