import { runNotebookNative } from './notebook-native.ts';
import { type NotebookProgram, runNotebookProgram } from './notebook-program.ts';

/** How the notebook's programs run. */
export interface NotebookOptions {
  /** Whether clients think for up to 3 seconds, as in the notebook, instead of a tenth of that. */
  readonly seedTiming: boolean;
}

/** The notebook's programs. */
export function notebookPrograms({ seedTiming }: NotebookOptions): readonly NotebookProgram[] {
  const maxThinkMs = seedTiming ? 3_000 : 300;
  return [
    {
      title: 'Process pool: 3 workers share a listening socket, 30 clients send 5 messages each',
      pool: 'process',
      workers: 3,
      clients: 30,
      messages: 5,
      maxThinkMs,
      talk: 'messages',
    },
    {
      title: 'Thread pool: sockets are moved to 3 workers, 5 clients send 5 messages each',
      pool: 'thread',
      workers: 3,
      clients: 5,
      messages: 5,
      maxThinkMs,
      talk: 'connections',
      acceptIdleTimeoutMs: seedTiming ? 20_000 : 2_000,
    },
  ];
}

/**
 * Runs all of the notebook's programs, one after the other.
 *
 * @returns whether everything came out right
 */
export async function runNotebook(options: NotebookOptions): Promise<boolean> {
  const outcomes = [];
  for (const program of notebookPrograms(options)) outcomes.push(await runNotebookProgram(program));
  const native = await runNotebookNative();
  const right = native && outcomes.every((outcome) => outcome.right);
  console.log(right ? '\nAll programs came out right.' : '\nSomething went wrong: see above.');
  return right;
}
