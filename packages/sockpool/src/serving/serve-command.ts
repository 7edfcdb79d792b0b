import { EXIT } from '../cli/exit-codes.ts';
import type { Told } from '../cli/told.ts';
import { loadConfig } from '../config/load-config.ts';
import { START_FOLDER } from '../config/start-folder.ts';
import { resolveServing } from '../config/resolve-serving.ts';
import { beginServing } from './begin-serving.ts';

/** `sockpool serve` */
export async function serve(told: Told): Promise<number> {
  const config = told.flags['config'];
  const loaded = await loadConfig(typeof config === 'string' ? config : undefined, START_FOLDER);
  const serving = resolveServing(told, loaded);
  if (told.flags['dry-run'] === true) {
    const { printPlan } = await import('./dry-run.ts');
    await printPlan(serving);
    return EXIT.done;
  }
  const begun = await beginServing(serving);
  // The one place where the rest is loaded: a process starts meanwhile, which takes longer.
  const { serveProgram } = await import('./serve-program.ts');
  return serveProgram(serving, begun);
}
