import { expect, test } from 'vitest';
import { EMPTY_REPORT } from '../../test/fixtures/memory-worker.ts';
import type { OpenConnection } from './inspection.ts';
import type { WorkerMessage } from './messages.ts';
import { isWorkerMessage } from './worker-message-check.ts';

const error = { name: 'Error', message: 'm', stack: undefined, code: undefined };
const refused = { reason: 'denied', remoteAddress: '::1', connections: 1, error: undefined };
const open: OpenConnection = {
  connectionId: 1,
  remoteAddress: '::1',
  remotePort: 1,
  state: 'draining',
  stateForMs: 1.5,
  activity: 'serving',
  activityForMs: 2,
  request: 'GET /',
  openForMs: 3,
  bytesRead: 4,
  bytesWritten: 5,
};
const right: { readonly [Type in WorkerMessage['type']]: WorkerMessage & { type: Type } } = {
  ready: { type: 'ready' },
  activated: { type: 'activated' },
  heartbeat: { type: 'heartbeat', eventLoopUtilization: 0.5 },
  bootFailed: { type: 'bootFailed', error },
  uncaughtError: { type: 'uncaughtError', error, fatal: true },
  accepted: { type: 'accepted', connectionId: 0 },
  refused: { type: 'refused', connectionId: 1 },
  closed: { type: 'closed', connectionId: undefined },
  acceptingStopped: { type: 'acceptingStopped', report: EMPTY_REPORT },
  report: { type: 'report', report: EMPTY_REPORT },
  handlerError: { type: 'handlerError', error, late: 'ended' },
  log: { type: 'log', level: 'info', message: 'm', fields: undefined },
  exiting: { type: 'exiting', report: EMPTY_REPORT, cutConnections: 0 },
  connectionsRefused: { type: 'connectionsRefused', refused: [{ ...refused, reason: 'denied' }] },
  takeAddressPermit: { type: 'takeAddressPermit', requestId: 0, address: '::1' },
  releaseAddressPermit: { type: 'releaseAddressPermit', key: '::1' },
  tlsReloaded: { type: 'tlsReloaded', requestId: 0, error: undefined },
  connections: { type: 'connections', requestId: 0, connections: [open], total: 1 },
  inspectionPart: { type: 'inspectionPart', requestId: 0, part: 'text' },
  channelOpened: { type: 'channelOpened', name: 'chat' },
  channelClosed: { type: 'channelClosed', name: 'chat' },
  channelMessage: { type: 'channelMessage', name: 'chat', payload: Uint8Array.of(1) },
  channelTaken: { type: 'channelTaken', bytes: 65 },
  leadershipWanted: { type: 'leadershipWanted' },
  leadershipReleased: { type: 'leadershipReleased' },
};

test.each(Object.values(right))('$type is a message of a worker', (message) => {
  expect(isWorkerMessage(structuredClone(message))).toBe(true);
});

test.each([
  null,
  undefined,
  'ready',
  ['ready'],
  {},
  { type: 'unheard of' },
  { type: 'toString' },
  { type: '__proto__' },
  { type: 'bootFailed' },
  { type: 'bootFailed', error: 'text' },
  { type: 'uncaughtError', error },
  { type: 'accepted' },
  { type: 'accepted', connectionId: '1' },
  { type: 'refused', connectionId: -1 },
  { type: 'closed', connectionId: 0.5 },
  { type: 'acceptingStopped' },
  { type: 'report' },
  { type: 'report', requestId: 'one', report: EMPTY_REPORT },
  { type: 'report', report: null },
  { type: 'report', report: { ...EMPTY_REPORT, activeConnections: -1 } },
  { type: 'report', report: { ...EMPTY_REPORT, totalConnections: '7' } },
  { type: 'report', report: { ...EMPTY_REPORT, messages: NaN } },
  { type: 'report', report: { ...EMPTY_REPORT, heapUsedBytes: Infinity } },
  { type: 'heartbeat', eventLoopUtilization: 'much' },
  { type: 'handlerError', error: null },
  { type: 'handlerError', error, late: 'toString' },
  { type: 'log', level: 'fatal', message: 'm' },
  { type: 'log', level: 'constructor', message: 'm' },
  { type: 'log', level: 'info', message: {} },
  { type: 'log', level: 'info', message: 'm', connectionId: 'first' },
  { type: 'log', level: 'info', message: 'm', fields: 'text' },
  { type: 'log', level: 'info', message: 'm', errors: { error: null } },
  { type: 'exiting', report: EMPTY_REPORT, cutConnections: -1 },
  { type: 'exiting', cutConnections: 0 },
  { type: 'connectionsRefused', refused: null },
  { type: 'connectionsRefused', refused: [{ ...refused, reason: 'toString' }] },
  { type: 'connectionsRefused', refused: [{ ...refused, connections: '1' }] },
  { type: 'takeAddressPermit', requestId: 0, address: 7 },
  { type: 'releaseAddressPermit' },
  { type: 'tlsReloaded', requestId: 0, error: {} },
  { type: 'connections', requestId: 0, connections: null, total: 0 },
  { type: 'connections', requestId: 0, connections: [{ ...open, state: 'lost' }], total: 1 },
  { type: 'connections', requestId: 0, connections: [{ ...open, bytesRead: '1' }], total: 1 },
  { type: 'inspectionPart', requestId: 0, part: 1 },
  { type: 'channelOpened' },
  { type: 'channelOpened', name: '' },
  { type: 'channelClosed', name: 'x'.repeat(1_025) },
  { type: 'channelMessage', name: 'chat', payload: 'text' },
  { type: 'channelMessage', name: 7, payload: Uint8Array.of(1) },
  { type: 'channelTaken', bytes: -1 },
  { type: 'channelTaken', bytes: Infinity },
  { type: 'inspectionPart', part: 'text' },
])('%j is no message of a worker', (message) => {
  expect(isWorkerMessage(message)).toBe(false);
});
