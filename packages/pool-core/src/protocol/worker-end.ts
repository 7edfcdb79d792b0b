import { oneLine } from '../errors/plain-text.ts';
import type { WorkerExit } from './worker-handle.ts';

/** What ends a process by a signal, and what helps. */
const SIGNALS: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGABRT:
    'a full heap ends a process this way, after a report on stderr; raise --max-old-space-size in ' +
    'execArgv, or set recycle.maxHeapBytes',
  SIGKILL:
    'the pool did not do it; the system does when memory runs out (see dmesg, or the memory limit ' +
    'of the container), or a person did',
  SIGSEGV: 'native code has crashed: look for an addon or a foreign function',
  SIGBUS: 'native code has crashed: look for an addon or a foreign function',
  SIGILL: 'native code has crashed: look for an addon or a foreign function',
  SIGFPE: 'native code has crashed: look for an addon or a foreign function',
};

/**
 * Says in words how a worker ended.
 *
 * @param exit how it ended
 */
export function describeExit(exit: Pick<WorkerExit, 'code' | 'signal'>): string {
  return exit.signal === null ? `with exit code ${exit.code}` : `by ${exit.signal}`;
}

/** Node's code for a thread whose heap is full. */
const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY';
/** The code of Node's errors for TypeScript that is more than types. */
const UNSUPPORTED_TYPESCRIPT = 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX';
const STRIPS_TYPES =
  'Node only removes types: write it without enums, namespaces and parameter properties, or compile it first';

/** A frame of a stack. */
const FRAME = /^\s+at /m;

/** How many causes of causes are looked through. */
const MAX_CAUSES = 5;

/**
 * Gives an error's name and message, and says so if neither it nor its causes have a stack to
 * look for.
 *
 * @param error anything thrown, as an error
 */
export function describeError(error: Error): string {
  const text = oneLine(`${error.name}: ${error.message}`);
  let each: unknown = error;
  for (let depth = 0; each instanceof Error && depth < MAX_CAUSES; depth += 1) {
    if (FRAME.test(each.stack ?? '')) return text;
    each = each.cause;
  }
  return `${text} (no stack: throw an Error to get one)`;
}

/**
 * Says why a worker ended that should be there, and what helps.
 *
 * @param exit how it ended
 * @param error the last uncaught error that it told of, if any
 */
export function explainEnd(exit: WorkerExit, error: Error | undefined): string {
  const code = error !== undefined && 'code' in error ? error.code : undefined;
  if (code === OUT_OF_MEMORY) {
    return (
      `ended: its heap is full (${code}); raise resourceLimits.maxOldGenerationSizeMb, or set ` +
      'recycle.maxHeapBytes'
    );
  }
  if (code === 'ERR_PROCESS_EXIT') {
    return `ended: ${error?.message}; a handler ends its connection, never its worker`;
  }
  if (error !== undefined) return `died of an uncaught error: ${describeError(error)}`;
  const hint = exit.signal === null ? undefined : SIGNALS[exit.signal];
  if (exit.signal !== null)
    return `was ended by ${exit.signal}${hint === undefined ? '' : `: ${hint}`}`;
  return `ended ${describeExit(exit)} and gave no reason: see what it printed`;
}

/**
 * Says why a worker ended that was to start, and what helps.
 *
 * @param exit how it ended
 * @param error what kept it from starting, if it told
 */
export function explainFailedStart(exit: WorkerExit, error: Error | undefined): string {
  const code = error !== undefined && 'code' in error ? error.code : undefined;
  if (error === undefined || code === OUT_OF_MEMORY) return `it ${explainEnd(exit, error)}`;
  return code === UNSUPPORTED_TYPESCRIPT ? `${error.message}; ${STRIPS_TYPES}` : error.message;
}
