import { type ErrorPlace, errorPlace } from '@sockpool/option-checks';
import { RefusedRequest } from './control-error.ts';

/** What of a path tells that a file is one of these packages, as they are installed. */
const OWN = String.raw`/node_modules/(?:@sockpool/|sockpool/)`;
/** A frame of theirs or of Node in a stack, and a line of Node's `Require stack`. */
const OWN_LINE = new RegExp(String.raw`^(?: +at |- ).*(?:${OWN}|node:).*\n?`, 'gm');
const IMPORTED_FROM_OWN = new RegExp(String.raw` imported from \S*${OWN}\S*`, 'g');

/** An error as the API tells it. */
export interface ErrorAnswer {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorAnswer;
  /** Where the deepest cause was thrown, outside of Node and of the packages that are installed. */
  readonly location?: ErrorPlace;
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
  const location = errorPlace(error);
  return { ...describeError(error, MAX_CAUSES), ...(location && { location }) };
}

function describeError(error: unknown, depth: number): ErrorAnswer {
  if (error instanceof RefusedRequest) return { name: 'RefusedRequest', message: error.message };
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const code = codeOf(error);
  const stack = withoutOwn(error.stack ?? '');
  return {
    name: error.name,
    message: withoutOwn(error.message),
    ...(code !== undefined && { code }),
    // Without a frame it says what the message says.
    ...(/^ +at |:\d+$/m.test(stack) && { stack }),
    ...(error.cause !== undefined && depth > 0 && { cause: describeError(error.cause, depth - 1) }),
  };
}

/** Where these packages are installed helps nobody who may ask. */
function withoutOwn(text: string): string {
  return text.replace(OWN_LINE, '').replace(IMPORTED_FROM_OWN, '').trimEnd();
}

function codeOf(error: unknown): string | undefined {
  const code: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}
