import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The folder whose files are tested. */
export const DEPLOY: string = fileURLToPath(new URL('../../deploy/', import.meta.url));

/** The built command. */
export const SOCKPOOL: string = fileURLToPath(new URL('./cli.js', import.meta.resolve('sockpool')));

/** Reads a file of the folder. */
export function deployFile(name: string): string {
  return readFileSync(path.join(DEPLOY, name), 'utf8');
}

/**
 * Replaces what differs between the machines of a file and this one.
 *
 * @throws {Error} when the text does not have what is to be replaced
 */
export function adapt(
  text: string,
  replacements: readonly (readonly [what: string, by: string])[],
): string {
  return replacements.reduce((adapted, [what, by]) => {
    if (!adapted.includes(what)) throw new Error(`There is no '${what}' in\n${adapted}`);
    return adapted.replaceAll(what, by);
  }, text);
}

/** Writes files into a folder that goes with the test. */
export async function folderWith(
  files: Readonly<Record<string, string>>,
  onFinished: typeof onTestFinished = onTestFinished,
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'deploy-'));
  onFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}
