import {
  installPrograms,
  programsIn,
  type RunningProgram,
  runServer,
} from '@sockpool/pool-compliance';

/** Where the packages are that the guides' programs import. */
export const NODE_MODULES: URL = new URL('../node_modules', import.meta.url);

/** Makes `dist` of programs, by `tsc` in the folder where they are installed. */
export const COMPILER_OPTIONS: readonly string[] =
  '--module nodenext --target es2024 --types node --skipLibCheck --outDir dist'.split(' ');

/** A pool that runs the programs of the guides. */
export interface GuidePool {
  readonly Pool: 'ProcessPool' | 'ThreadPool';
  readonly packageName: string;
}

/** Both pools, for `describe.each()`. */
export const GUIDE_POOLS: readonly GuidePool[] = [
  { Pool: 'ProcessPool', packageName: '@sockpool/process-pool' },
  { Pool: 'ThreadPool', packageName: '@sockpool/thread-pool' },
];

/**
 * Reads a program of a guide, which is written for processes, as the guides say it is for a pool.
 *
 * @param guide the guide's file in docs/, without `.md`
 * @param name the program's first line
 */
export async function programOf(
  { Pool, packageName }: GuidePool,
  guide: string,
  name: string,
): Promise<string> {
  const programs = await programsIn(new URL(`../${guide}.md`, import.meta.url));
  const found = programs.get(name);
  if (found === undefined) throw new TypeError(`${guide}.md has no program '${name}'`);
  return found.replaceAll('ProcessPool', Pool).replaceAll('@sockpool/process-pool', packageName);
}

/** The smallest server, with the handler module beside it. */
export function plainServer({ Pool, packageName }: GuidePool, options: string = ''): string {
  return `import { ${Pool} } from '${packageName}';
    const pool = new ${Pool}({ handler: new URL('./handler.ts', import.meta.url), ${options} });
    console.log('listening on', await pool.listen());`;
}

/** Runs a server with a handler. */
export async function runPrograms(handler: string, server: string): Promise<RunningProgram> {
  return runServer(
    await installPrograms(NODE_MODULES, { 'handler.ts': handler, 'server.ts': server }),
  );
}
