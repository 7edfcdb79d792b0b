/**
 * What each worker loads first: whatever its program prints gets time, worker and level. A worker
 * writes by itself, so that no program waits for the primary.
 *
 * @module
 */
import { isMainThread, threadId } from 'node:worker_threads';
import { currentWorker } from '@sockpool/handler/hosting';
import { formatLog, type LogLevel } from './log-format.ts';
import { PrintedLines } from './printed-lines.ts';
import { OUTPUT_VARIABLE, type OutputSettings } from './worker-output.ts';

type Write = NodeJS.WriteStream['write'];

const settings = settingsOf(process.env[OUTPUT_VARIABLE]);
// Processes that the program starts are not workers, and print as they like.
Reflect.deleteProperty(process.env, OUTPUT_VARIABLE);
if (settings !== undefined) {
  take(process.stdout, 'info', settings);
  take(process.stderr, 'error', settings);
}

function settingsOf(text: string | undefined): OutputSettings | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as OutputSettings);
}

function take(
  stream: NodeJS.WriteStream,
  level: LogLevel,
  { format, colors }: OutputSettings,
): void {
  const write: Write = stream.write.bind(stream);
  let done: ((error?: Error | null) => void) | undefined;
  const lines = new PrintedLines((message) => {
    const { id, generation } = currentWorker() ?? {};
    const worker = id ?? (isMainThread ? process.pid : threadId);
    write(formatLog({ level, message, worker, generation }, format, colors), done);
    done = undefined;
  });
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
    const called = typeof encoding === 'function' ? encoding : callback;
    const text =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk);
    done = typeof called === 'function' ? (called as typeof done) : undefined;
    lines.print(text.toString());
    // A piece of a line is as good as written.
    if (done !== undefined) process.nextTick(done);
    done = undefined;
    return !stream.writableNeedDrain;
  }) as Write;
  // A full disk or a closed pipe costs what was printed, and never the clients.
  stream.on('error', () => undefined);
  process.once('exit', () => lines.flush());
}
