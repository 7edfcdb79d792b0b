import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * Puts a program into a folder of its own, until the end of the test.
 *
 * @param name of its file
 * @param source its text, or the file that is copied
 * @returns its path
 */
export async function writtenProgram(name: string, source: string | URL): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sockpool-program-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, name);
  if (typeof source === 'string') await writeFile(file, source);
  else await copyFile(source, file);
  return file;
}
