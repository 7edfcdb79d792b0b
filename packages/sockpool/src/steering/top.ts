import type { ControlClient, StatusAnswer } from '@sockpool/control/client';
import { EXIT, FailedError } from '../cli/exit-codes.ts';
import { integerFlag } from '../cli/integer-flag.ts';
import type { Told } from '../cli/told.ts';
import { HungWorkers, type HungWorker } from './hung-workers.ts';
import { statusText } from './status.ts';
import { asking, target } from './target.ts';
import {
  type RequestHistogram,
  type RequestRates,
  requestRates,
  requestsOf,
  requestText,
} from './request-rates.ts';
import { Keys } from './top-keys.ts';

const CLEAR = '\u001b[H\u001b[J';

/** `sockpool top`: a live view on a terminal, else a line for each look. */
export async function top({ flags }: Told): Promise<number> {
  const intervalMs = integerFlag(flags, 'interval') ?? 1_000;
  const count = integerFlag(flags, 'count') ?? Infinity;
  const pool = await target(flags);
  const live = process.stdout.isTTY === true && flags['json'] !== true;
  const keys = live && process.stdin.isTTY === true ? new Keys(process.stdin, pool) : undefined;
  const hung = new HungWorkers(pool);
  let before: Look | undefined;
  try {
    for (let looks = 1; looks <= count; looks += 1) {
      if (keys?.ended === true) break;
      const look = await lookAt(pool, hung);
      if (look === undefined) {
        if (before === undefined) throw new FailedError('Cannot show the pool: it does not answer');
        process.stdout.write('The pool is closed\n');
        return EXIT.done;
      }
      if (typeof look.requests === 'string' && before === undefined && !live) {
        if (flags['json'] !== true) process.stderr.write(`sockpool: ${look.requests}\n`);
      }
      process.stdout.write(live ? screen(look, before, keys) : line(look, before, flags['json']));
      before = look;
      if (looks < count) await (keys?.wait(intervalMs) ?? sleep(intervalMs));
    }
  } finally {
    keys?.close();
  }
  return EXIT.done;
}

interface Look {
  readonly status: StatusAnswer;
  readonly hung: readonly HungWorker[];
  /** How long all requests took, or why that cannot be told. */
  readonly requests: RequestHistogram | string;
  readonly atMs: number;
}

/** Undefined when the pool is gone. */
async function lookAt(pool: ControlClient, hung: HungWorkers): Promise<Look | undefined> {
  try {
    const [status, metrics] = await asking(() => Promise.all([pool.status(), pool.metrics()]));
    const atMs = performance.now();
    return { status, hung: await hung.find(status.health), requests: requestsOf(metrics), atMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_CONTROL_UNREACHABLE') return undefined;
    throw error;
  }
}

/** What came in a second since the look before; null at the first look. */
interface Rates {
  readonly connections: number | null;
  readonly messages: number | null;
}

function rates(now: Look, before: Look | undefined): Rates {
  if (before === undefined) return { connections: null, messages: null };
  const seconds = (now.atMs - before.atMs) / 1_000;
  const grown = (field: 'totalConnections' | 'messages'): number =>
    Math.round((now.status.stats.total[field] - before.status.stats.total[field]) / seconds);
  return { connections: grown('totalConnections'), messages: grown('messages') };
}

/** Where no requests are known. */
const UNKNOWN = { requestsPerSecond: null, p50Ms: null, p99Ms: null };

/** Undefined where the requests cannot be told, and at the first look. */
function requestsSince(now: Look, before: Look | undefined): RequestRates | undefined {
  if (typeof now.requests === 'string' || before === undefined) return undefined;
  if (typeof before.requests === 'string') return undefined;
  return requestRates(now.requests, before.requests, (now.atMs - before.atMs) / 1_000);
}

/** What came in a second, as text. */
function requestsText(now: Look, before: Look | undefined): string {
  const requests = requestsSince(now, before);
  if (requests === undefined || typeof now.requests === 'string') return '- requests/s';
  return requestText(requests, now.requests.boundaries);
}

function screen(now: Look, before: Look | undefined, keys: Keys | undefined): string {
  const { connections, messages } = rates(now, before);
  const hint = keys === undefined ? '' : `\n\n${keys.hint}`;
  const told = [
    `${connections ?? '-'} connections/s`,
    requestsText(now, before),
    ...(countsMessages(now) ? [`${messages ?? '-'} messages/s`] : []),
  ];
  const why = typeof now.requests === 'string' ? ` (${now.requests})` : '';
  return `${CLEAR}${statusText(now.status, now.hung)}\n\n${told.join(', ')}${why}${hint}\n`;
}

/** Only handlers that count messages have any; of HTTP, requests are counted. */
function countsMessages({ status }: Look): boolean {
  return status.stats.total.messages > 0;
}

function line(now: Look, before: Look | undefined, json: unknown): string {
  const { health, stats, workerCount } = now.status;
  const at = new Date().toISOString();
  const perSecond = rates(now, before);
  const summary = {
    at,
    state: health.state,
    ready: health.readiness.ok,
    workers: workerCount,
    open: stats.total.activeConnections,
    connectionsPerSecond: perSecond.connections,
    messagesPerSecond: perSecond.messages,
    ...(requestsSince(now, before) ?? UNKNOWN),
    handlerErrors: stats.total.handlerErrors,
    respawns: stats.respawns,
    hung: now.hung,
  };
  if (json === true) return `${JSON.stringify(summary)}\n`;
  const { at: _, messagesPerSecond, hung, ...fields } = summary;
  const hangs = hung.map(({ workerId, at: where }) => `worker ${workerId} ${where ?? ''}`.trim());
  const shown = {
    ...fields,
    ...(hung.length > 0 && { hung: hangs.join(', ') }),
    ...(countsMessages(now) && { messagesPerSecond }),
  };
  return `${at.slice(11, 19)} ${Object.entries(shown)
    .map(([name, value]) => `${name}=${value ?? '-'}`)
    .join(' ')}\n`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
