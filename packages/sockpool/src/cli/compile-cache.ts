/**
 * Lets Node keep what it compiles for the next start, in a folder of this user's: in the temporary
 * folder, where Node keeps it by default, another user could put code of theirs. Does nothing
 * without such a folder, or where `NODE_COMPILE_CACHE` or `NODE_DISABLE_COMPILE_CACHE` say otherwise.
 */
export function keepCompiled(): void {
  const folder = cacheFolder();
  if (folder === undefined) return;
  // Not imported: an older Node, which lacks what gives them, loads this file too.
  const { enableCompileCache } = process.getBuiltinModule('node:module');
  enableCompileCache(`${folder}/sockpool/compiled`);
}

function cacheFolder(): string | undefined {
  const given = process.env['XDG_CACHE_HOME'];
  if (given !== undefined && given !== '') return given;
  try {
    return `${process.getBuiltinModule('node:os').homedir()}/.cache`;
  } catch {
    // A user without a home, as in some containers.
    return undefined;
  }
}
