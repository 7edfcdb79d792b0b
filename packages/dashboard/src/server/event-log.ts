import type { ErrorAnswer, ToldEvent } from '@sockpool/control';
import type { LoggedEvent, Mark } from '../wire.ts';

/** What an event comes to: how bad it is, what to say, and whether the plots mark it. */
interface Words {
  readonly level: LoggedEvent['level'];
  readonly text: string;
  readonly details?: string | undefined;
  readonly mark?: Mark['kind'];
}

type Data = Readonly<Record<string, unknown>>;

/** How many events are kept. */
const MAX_EVENTS = 300;

/** Keeps the last events of a pool, in words. */
export class EventLog {
  #events: LoggedEvent[] = [];
  #nextId = 1;

  /** The last ones, the oldest first. */
  get events(): readonly LoggedEvent[] {
    return this.#events;
  }

  /**
   * Takes note of an event.
   *
   * @param told as the control server tells it
   */
  add({ event, at, data }: ToldEvent): LoggedEvent {
    const { level, text, details, mark } = wordsFor(event, data);
    const atMs = Date.parse(at);
    const logged: LoggedEvent = {
      id: this.#nextId,
      atMs,
      name: event,
      level,
      text,
      ...(details !== undefined && details !== '' && { details }),
      ...(mark !== undefined && { mark: { atMs, kind: mark, text } }),
    };
    this.#nextId += 1;
    this.#events = [...this.#events.slice(1 - MAX_EVENTS), logged];
    return logged;
  }
}

const WORDS: Readonly<Partial<Record<ToldEvent['event'], (data: Data) => Words>>> = Object.freeze({
  listening: () => info('The pool listens'),
  workerReady: ({ worker }) =>
    info(`${workerOf(worker)} is ready, generation ${field(worker, 'generation')}`),
  workerExit: ({ worker, exit, error }) => {
    const expected = field(exit, 'expected') === true;
    const how = exitText(exit);
    if (expected) return info(`${workerOf(worker)} has ended${how}`);
    const why = messageOf(error);
    return {
      level: 'error',
      text: `${workerOf(worker)} died${how}${why === undefined ? '' : `: ${why}`}`,
      details: stackOf(error),
      mark: 'crash',
    };
  },
  workerStuck: ({ stuck }) => ({
    level: 'error',
    text: `${workerOf(field(stuck, 'worker'))} hangs for ${seconds(field(stuck, 'blockedMs'))} and is killed`,
    details: textField(stuck, 'stack'),
  }),
  workerRespawn: ({ workerId, delayMs, crashes }) => ({
    level: 'warn',
    text: `Worker ${String(workerId)} is replaced in ${seconds(delayMs)}, after ${String(crashes)} ${crashes === 1 ? 'crash' : 'crashes in a row'}`,
  }),
  workerSpawnFailed: ({ failure }) => ({
    level: 'error',
    text: `Worker ${String(field(failure, 'workerId'))} cannot be started: ${messageOf(field(failure, 'error')) ?? 'unknown'}`,
    details: stackOf(field(failure, 'error')),
  }),
  workerRecycle: ({ worker, reason }) => ({
    ...info(`${workerOf(worker)} is recycled: ${recycled(reason)}`),
    mark: 'replaced',
  }),
  workerRetired: ({ report }) => ({
    ...info(`Worker ${String(field(report, 'workerId'))} is replaced, ${cut(report)}`),
    mark: 'replaced',
  }),
  handlerError: ({ error, worker }) => ({
    level: 'error',
    text: `A handler of ${workerOf(worker).toLowerCase()} failed: ${messageOf(error) ?? 'unknown'}`,
    details: stackOf(error),
  }),
  connectionShed: ({ shed }) => ({
    level: 'warn',
    text: `A connection is rejected: ${String(field(shed, 'reason'))}`,
  }),
  connectionRefused: ({ refused, worker }) => ({
    level: 'warn',
    text: `${workerOf(worker)} refused ${String(field(refused, 'connections'))}: ${String(field(refused, 'reason'))}`,
  }),
  acceptError: ({ error }) => failed('The pool cannot accept', error),
  schedulingError: ({ error }) => failed('The scheduling function failed', error),
  acceptIdle: () => info('No connection has come for so long that the pool closes'),
  restarting: ({ generation }) => ({
    ...info(`Restart ${String(generation)} begins`),
    mark: 'restart',
  }),
  restarted: ({ report }) => ({
    ...info(
      `Restart ${String(field(report, 'generation'))} is done after ${seconds(field(report, 'durationMs'))}, ${cut(report)}`,
    ),
    mark: 'restarted',
  }),
  restartFailed: ({ error }) => ({
    ...failed('The restart failed, the old workers serve on', error),
    mark: 'failed',
  }),
  resized: ({ report }) => ({
    ...info(
      `${String(field(report, 'workers'))} workers serve, before it were ${String(field(report, 'previousWorkers'))}`,
    ),
    mark: 'resized',
  }),
  upgraded: ({ pid }) => info(`A new primary serves, process ${String(pid)}`),
  upgradeFailed: ({ error }) => failed('The upgrade failed, this program serves on', error),
  closing: () => ({
    level: 'warn',
    text: 'The pool closes: open connections are served to their end',
  }),
  acceptingStopped: () => info('The pool has given its address up'),
  closed: ({ report }) => info(`The pool is closed, ${cut(report)}`),
  error: ({ error }) => failed('The pool has given up', error),
  skipped: ({ events }) => ({
    level: 'warn',
    text: `${String(events)} more events in a second are not shown`,
  }),
} satisfies Partial<Record<ToldEvent['event'], (data: Data) => Words>>);

function wordsFor(event: ToldEvent['event'], data: Data): Words {
  return WORDS[event]?.(data) ?? info(event);
}

function info(text: string): Words {
  return { level: 'info', text };
}

function failed(what: string, error: unknown): Words {
  const why = messageOf(error);
  return {
    level: 'error',
    text: why === undefined ? what : `${what}: ${why}`,
    details: stackOf(error),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textField(value: unknown, name: string): string | undefined {
  const text = field(value, name);
  return typeof text === 'string' ? text : undefined;
}

function workerOf(worker: unknown): string {
  return `Worker ${String(field(worker, 'workerId'))}`;
}

function exitText(exit: unknown): string {
  const signal = textField(exit, 'signal');
  if (signal !== undefined) return ` by ${signal}`;
  const code = field(exit, 'code');
  return typeof code === 'number' && code !== 0 ? ` with exit code ${code}` : '';
}

function messageOf(error: unknown): string | undefined {
  return textField(error, 'message');
}

/** The stacks of an error and of its causes. */
function stackOf(error: unknown): string | undefined {
  const stacks: string[] = [];
  for (let each = error as ErrorAnswer | undefined; each != null; each = each.cause) {
    const stack = textField(each, 'stack');
    if (stack !== undefined) stacks.push(stack);
  }
  return stacks.length === 0 ? undefined : stacks.join('\ncaused by ');
}

function seconds(ms: unknown): string {
  const value = Number(ms);
  return value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`;
}

/** The limit that a worker has reached, or what it has said when it asked for it. */
function recycled(reason: unknown): string {
  const request = textField(reason, 'request');
  return request ?? `${String(field(reason, 'limit'))} of ${String(field(reason, 'threshold'))}`;
}

function cut(report: unknown): string {
  const count = Number(field(report, 'cutConnections') ?? 0);
  return count === 1 ? '1 connection cut' : `${count} connections cut`;
}
