import { fileURLToPath } from 'node:url';
import { RefusedRequest } from './control-error.ts';

/** A line of a stack that names a file, whose path may have spaces; of a syntax error the first one. */
const PLACE = /^(?: +at (?:async )?(?:.*? \()?)?((?:file:\/\/)?\/.*?):(\d+)(?::(\d+))?\)?$/gm;

/** The place in a program where an error came from. */
export interface ErrorLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number | undefined;
}

/** An error as the API tells it. */
export interface ErrorAnswer {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorAnswer;
  /** Where the deepest cause was thrown, outside of Node and of the packages that are installed. */
  readonly location?: ErrorLocation;
}

/** How many causes are told; the causes of an error may go round in a circle. */
const MAX_CAUSES = 5;

/** Statuses by the code of a pool's error. */
const STATUSES: Readonly<Record<string, number>> = Object.freeze({
  ERR_UNKNOWN_WORKER: 404,
  ERR_WORKER_NOT_RUNNING: 404,
  ERR_POOL_NOT_LISTENING: 409,
  ERR_POOL_CLOSED: 409,
  ERR_INSPECTION: 409,
  ERR_RESTART_FAILED: 422,
  ERR_RESIZE_FAILED: 422,
  ERR_RETIRE_FAILED: 422,
  ERR_UPGRADE_FAILED: 422,
  ERR_INVALID_TLS_OPTIONS: 422,
  ERR_CANARY_FAILED: 422,
  ERR_TLS_RELOAD_TIMEOUT: 504,
});

/**
 * Says which HTTP status tells of an error.
 *
 * @param error anything that was thrown
 */
export function statusOf(error: unknown): number {
  if (error instanceof RefusedRequest) return error.status;
  const status = STATUSES[codeOf(error) ?? ''];
  if (status !== undefined) return status;
  return error instanceof TypeError || error instanceof RangeError ? 400 : 500;
}

/**
 * Makes JSON of an error and its causes.
 *
 * @param error anything that was thrown
 */
export function errorAnswer(error: unknown): ErrorAnswer {
  const location = locationOf(error);
  return { ...describeError(error, MAX_CAUSES), ...(location && { location }) };
}

function describeError(error: unknown, depth: number): ErrorAnswer {
  if (error instanceof RefusedRequest) return { name: 'RefusedRequest', message: error.message };
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const code = codeOf(error);
  return {
    name: error.name,
    message: error.message,
    ...(code !== undefined && { code }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && depth > 0 && { cause: describeError(error.cause, depth - 1) }),
  };
}

function codeOf(error: unknown): string | undefined {
  const code: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Of a syntax error the first line of the stack is the place; of others the first frame of the program. */
function locationOf(error: unknown): ErrorLocation | undefined {
  let deepest = error;
  for (let depth = 0; depth < MAX_CAUSES && deepest instanceof Error; depth += 1) {
    if (!(deepest.cause instanceof Error)) break;
    deepest = deepest.cause;
  }
  const stack = deepest instanceof Error ? (deepest.stack ?? '') : '';
  for (const [, file = '', line, column] of stack.matchAll(PLACE)) {
    if (file.includes('/node_modules/')) continue;
    return {
      file: file.startsWith('file:') ? fileURLToPath(file) : file,
      line: Number(line),
      column: column === undefined ? undefined : Number(column),
    };
  }
  return undefined;
}
