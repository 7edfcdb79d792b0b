import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Lets Node keep what it compiles for the next start, in a folder of this user's: in the temporary
 * folder, where Node keeps it by default, another user could put code of theirs. Does nothing
 * without such a folder, or where `NODE_COMPILE_CACHE` or `NODE_DISABLE_COMPILE_CACHE` say otherwise.
 */
export function keepCompiled(): void {
  const folder = cacheFolder();
  if (folder !== undefined) enableCompileCache(join(folder, 'sockpool', 'compiled'));
}

/** The variable by which workers use the same; their programs are kept there too. */
export function compileCacheVariable(): { readonly NODE_COMPILE_CACHE?: string } {
  const folder = getCompileCacheDir();
  // Node adds its version by itself.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

function cacheFolder(): string | undefined {
  const given = process.env['XDG_CACHE_HOME'];
  if (given !== undefined && given !== '') return given;
  try {
    return join(homedir(), '.cache');
  } catch {
    // A user without a home, as in some containers.
    return undefined;
  }
}
