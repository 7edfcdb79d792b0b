import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A handler module that a test changes, as a deployment does. */
export interface ChangingHandler {
  readonly path: string;
  write(source: string): Promise<void>;
}

/** Makes a handler module in a folder that goes with the test. */
export async function changingHandler(source: string): Promise<ChangingHandler> {
  const folder = await mkdtemp(join(tmpdir(), 'sockpool-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'handler.mjs');
  await writeFile(path, source);
  return { path, write: (changed) => writeFile(path, changed) };
}

/** The source of a handler that greets with a text and ends. */
export function greeting(text: string): string {
  return `export default (socket) => socket.end('${text}\\n');`;
}
