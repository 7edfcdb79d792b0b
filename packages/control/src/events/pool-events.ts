/** The name of an event of a pool. */
export type PoolEventName =
  | 'listening'
  | 'workerReady'
  | 'workerExit'
  | 'workerStuck'
  | 'workerRespawn'
  | 'workerSpawnFailed'
  | 'workerRecycle'
  | 'workerRetired'
  | 'handlerError'
  | 'connectionShed'
  | 'connectionRefused'
  | 'acceptError'
  | 'schedulingError'
  | 'acceptIdle'
  | 'restarting'
  | 'restarted'
  | 'restartFailed'
  | 'resized'
  | 'upgraded'
  | 'upgradeFailed'
  | 'closing'
  | 'acceptingStopped'
  | 'closed'
  | 'error';

/** The events of a pool that are told, and what their values are called. */
export const POOL_EVENTS: Readonly<Record<PoolEventName, readonly string[]>> = Object.freeze({
  listening: ['address', 'addresses'],
  workerReady: ['worker'],
  workerExit: ['worker', 'exit', 'error'],
  workerStuck: ['stuck'],
  workerRespawn: ['workerId', 'delayMs', 'crashes'],
  workerSpawnFailed: ['failure'],
  workerRecycle: ['worker', 'reason'],
  workerRetired: ['report'],
  handlerError: ['error', 'worker'],
  connectionShed: ['shed'],
  connectionRefused: ['refused', 'worker'],
  acceptError: ['error'],
  schedulingError: ['error'],
  acceptIdle: [],
  restarting: ['generation'],
  restarted: ['report'],
  restartFailed: ['error'],
  resized: ['report'],
  upgraded: ['pid'],
  upgradeFailed: ['error'],
  closing: [],
  acceptingStopped: [],
  closed: ['report'],
  error: ['error'],
});

/** An event as the API tells it. */
export interface ToldEvent {
  /** Its name; `skipped` when there were more than could be told, with how many in `data.events`. */
  readonly event: PoolEventName | 'skipped';
  /** When, as an ISO 8601 time. */
  readonly at: string;
  /** The values of the event by name; errors as in answers. */
  readonly data: Readonly<Record<string, unknown>>;
}
