import { MAX_CHANNEL_NAME } from '@sockpool/handler/hosting';
import { isErrorRecord } from '../errors/error-record.ts';
import type { WorkerMessage } from './messages.ts';
import { NO_REFUSED_CONNECTIONS, type RefusalRecord } from './refused-connection.ts';
import { isWorkerMeasures } from './worker-measures-check.ts';
import { NO_COUNTS, type WorkerReport } from './worker-report.ts';

/** What came of a worker, field by field still unknown. */
type Fields = Readonly<Partial<Record<string, unknown>>>;

const LEVELS: ReadonlySet<unknown> = new Set(['debug', 'info', 'warn', 'error']);
const COUNTERS = Object.keys(NO_COUNTS);

/** Tells whether a message of that type has what the primary reads of it. */
const CHECKS: { readonly [Type in WorkerMessage['type']]: (message: Fields) => boolean } = {
  ready: () => true,
  activated: () => true,
  heartbeat: ({ eventLoopUtilization }) => isShare(eventLoopUtilization),
  bootFailed: ({ error }) => isErrorRecord(error),
  uncaughtError: ({ error, fatal }) => isErrorRecord(error) && typeof fatal === 'boolean',
  accepted: ({ connectionId }) => isCount(connectionId),
  refused: ({ connectionId }) => isCount(connectionId),
  closed: ({ connectionId }) => connectionId === undefined || isCount(connectionId),
  acceptingStopped: ({ report }) => isReport(report),
  report: ({ requestId, report, measures }) =>
    (requestId === undefined || isCount(requestId)) &&
    isReport(report) &&
    (measures === undefined || isWorkerMeasures(measures)),
  handlerError: ({ error, advice, late, connectionId }) =>
    isErrorRecord(error) &&
    (connectionId === undefined || isCount(connectionId)) &&
    (advice === undefined || typeof advice === 'string') &&
    (late === undefined || late === 'ended' || late === 'work'),
  log: ({ level, message, fields, errors, connectionId }) =>
    LEVELS.has(level) &&
    (connectionId === undefined || isCount(connectionId)) &&
    typeof message === 'string' &&
    (fields === undefined || isObject(fields)) &&
    (errors === undefined || (isObject(errors) && Object.values(errors).every(isErrorField))),
  exiting: ({ report, cutConnections, measures }) =>
    isReport(report) &&
    isCount(cutConnections) &&
    (measures === undefined || isWorkerMeasures(measures)),
  connectionsRefused: ({ refused }) => Array.isArray(refused) && refused.every(isRefusal),
  takeAddressPermit: ({ requestId, address }) => isCount(requestId) && typeof address === 'string',
  releaseAddressPermit: ({ key }) => typeof key === 'string',
  connections: ({ requestId, connections, total }) =>
    isCount(requestId) &&
    isCount(total) &&
    Array.isArray(connections) &&
    connections.every(isOpenConnection),
  inspectionPart: ({ requestId, part, error }) =>
    isCount(requestId) &&
    (part === undefined || typeof part === 'string') &&
    (error === undefined || isErrorRecord(error)),
  channelOpened: ({ name }) => isChannelName(name),
  channelClosed: ({ name }) => isChannelName(name),
  channelMessage: ({ name, payload }) => isChannelName(name) && payload instanceof Uint8Array,
  channelTaken: ({ bytes }) => isCount(bytes),
  replacementWanted: ({ reason }) => typeof reason === 'string',
  leadershipWanted: () => true,
  leadershipReleased: () => true,
  tlsReloaded: ({ requestId, error }) =>
    isCount(requestId) && (error === undefined || isErrorRecord(error)),
};

/**
 * Checks what came from a worker, whose program may send anything on the same line. What is told
 * for every connection costs next to nothing to check.
 *
 * @param message anything that survives a structured clone
 * @returns whether the primary can act on it
 */
export function isWorkerMessage(message: unknown): message is WorkerMessage {
  if (!isObject(message)) return false;
  const { type } = message;
  return (
    typeof type === 'string' &&
    Object.hasOwn(CHECKS, type) &&
    CHECKS[type as WorkerMessage['type']](message)
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isChannelName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_CHANNEL_NAME;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}

function isShare(value: unknown): value is number {
  return isAmount(value) && value <= 1;
}

function isReport(value: unknown): value is WorkerReport {
  return (
    isObject(value) &&
    COUNTERS.every((counter) => isAmount(value[counter])) &&
    isAmount(value['lastConnectionAtMs']) &&
    isAmount(value['heapUsedBytes']) &&
    isAmount(value['rssBytes']) &&
    isShare(value['eventLoopUtilization'])
  );
}

function isOpenConnection(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { connectionId, remoteAddress, remotePort, state, activity, request } = value;
  return (
    isCount(connectionId) &&
    (remoteAddress === undefined || typeof remoteAddress === 'string') &&
    (remotePort === undefined || isCount(remotePort)) &&
    (state === 'serving' || state === 'idle' || state === 'draining') &&
    (activity === 'serving' || activity === 'idle') &&
    (request === undefined || typeof request === 'string') &&
    ['stateForMs', 'activityForMs', 'openForMs', 'bytesRead', 'bytesWritten'].every((field) =>
      isAmount(value[field]),
    )
  );
}

function isErrorField(value: unknown): boolean {
  return isErrorRecord(value);
}

function isRefusal(value: unknown): value is RefusalRecord {
  if (!isObject(value)) return false;
  const { reason, remoteAddress, connections, error } = value;
  return (
    typeof reason === 'string' &&
    Object.hasOwn(NO_REFUSED_CONNECTIONS, reason) &&
    (remoteAddress === undefined || typeof remoteAddress === 'string') &&
    isCount(connections) &&
    (error === undefined || isErrorRecord(error))
  );
}
