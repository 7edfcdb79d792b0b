import { readFile } from 'node:fs/promises';
import { fileError } from './file-error.ts';

/**
 * Reads a file that the command line names.
 *
 * @throws {Error} that names the file and says why it can't be read
 */
export async function readInput(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw fileError(`read '${file}'`, error);
  }
}
