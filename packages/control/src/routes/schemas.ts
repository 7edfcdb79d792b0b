/** A JSON schema, draft 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const count: Schema = { type: 'integer', minimum: 0 };
const amount: Schema = { type: 'number', minimum: 0 };
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const list = (items: Schema): Schema => ({ type: 'array', items });
const map = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });

/** An object with all of these fields, besides the optional ones, and no others. */
function object(
  fields: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    type: 'object',
    properties: { ...fields, ...optional },
    required: Object.keys(fields),
    additionalProperties: false,
  };
}

const worker = {
  workerId: { ...count, description: 'Its slot in the pool.' },
  nativeId: { type: 'integer', description: 'Process or thread id.' },
  generation: { ...count, description: 'How many restarts the pool had when it was spawned.' },
  state: { enum: ['starting', 'ready', 'draining', 'terminating', 'exited'] },
};

const counts = {
  activeConnections: count,
  totalConnections: count,
  messages: count,
  handlerErrors: count,
  socketErrors: count,
  acceptErrors: count,
  refusedConnections: count,
};

const about = {
  name: text,
  pid: count,
  node: text,
  uptimeMs: { ...amount, description: 'Of the control server, in milliseconds.' },
};

const address: Schema = {
  description: 'A path is that of a unix-domain socket.',
  anyOf: [text, object({ address: text, family: text, port: count })],
};

const steps = map(count);

const cpu = object({ userSeconds: amount, systemSeconds: amount });

/** The schemas of answers, by name. */
export const SCHEMAS: Readonly<Record<string, Schema>> = Object.freeze({
  About: object(about),
  Status: object({
    ...about,
    workerCount: { ...count, description: 'How many workers the pool is to have.' },
    upgradable: flag,
    health: ref('Health'),
    stats: ref('Stats'),
  }),
  Health: object({
    state: { enum: ['idle', 'starting', 'listening', 'closing', 'closed'] },
    liveness: ref('HealthCheck'),
    readiness: ref('HealthCheck'),
    workers: list(
      object({
        ...worker,
        condition: { enum: ['starting', 'well', 'busy', 'hung', 'stuck', 'leaving', 'dead'] },
        blockedMs: amount,
      }),
    ),
  }),
  HealthCheck: object({ ok: flag, reasons: list(text) }),
  Stats: object(
    {
      state: { enum: ['idle', 'starting', 'listening', 'closing', 'closed'] },
      workers: list(
        object({ ...worker, uptimeMs: amount, heartbeatAgeMs: amount }, { report: ref('Report') }),
      ),
      total: object(counts),
      addresses: list(address),
      waitingConnections: count,
      shedConnections: map(count),
      refusedConnections: map(count),
      lostConnections: count,
      respawns: count,
      recycles: count,
    },
    { address },
  ),
  Report: object({
    ...counts,
    lastConnectionAtMs: amount,
    heapUsedBytes: amount,
    rssBytes: amount,
    eventLoopUtilization: { type: 'number', minimum: 0, maximum: 1 },
  }),
  Metrics: object({
    atMs: amount,
    startedAtMs: amount,
    state: { enum: ['idle', 'starting', 'listening', 'closing', 'closed'] },
    generation: count,
    workerCount: count,
    slots: list(
      object({
        workerId: count,
        workers: list(ref('WorkerMetrics')),
        sums: ref('SlotSums'),
        refusedConnections: {
          ...map(count),
          description: 'Refused or cut by the workers of the slot, by reason.',
        },
      }),
    ),
    total: ref('SlotSums'),
    boundaries: ref('HistogramBoundaries'),
    waitingConnections: count,
    queueWait: ref('HistogramCounts'),
    shedConnections: map(count),
    refusedConnections: map(count),
    lostConnections: count,
    respawns: count,
    recycles: count,
    stuckWorkers: count,
    restarts: object({ done: count, failed: count }),
    resizes: count,
    lostReports: {
      ...count,
      description: 'Workers that ended without a last report, such as killed ones.',
    },
    primary: object({ nativeId: count, rssBytes: amount, heapUsedBytes: amount, cpu }),
    families: { ...list(map({})), description: 'What programs of workers expose.' },
  }),
  WorkerMetrics: object(
    {
      nativeId: { type: 'integer' },
      generation: count,
      state: worker.state,
      uptimeMs: amount,
      heartbeatAgeMs: amount,
      eventLoopUtilization: { type: 'number', minimum: 0, maximum: 1 },
      counts: object(counts),
    },
    { measures: { ...map({}), description: 'What it last told.' }, measuresAgeMs: amount },
  ),
  SlotSums: object(
    { counts: object(counts) },
    { measures: { ...map({}), description: 'Sums that never fall.' } },
  ),
  HistogramCounts: {
    ...object({ counts: list(count), sum: amount }),
    description: 'A count for each boundary, and one for all that is larger.',
  },
  HistogramBoundaries: {
    ...object({
      request: list(amount),
      delay: list(amount),
      connection: list(amount),
      pause: list(amount),
    }),
    description:
      'The inclusive upper boundaries of all histograms, in seconds: of requests; of queueWait and ' +
      'eventLoop.delay; of connectionDuration; of gc.',
  },
  Connections: object({
    workers: list(
      object(
        { ...worker, activeConnections: count },
        {
          connections: {
            ...list(ref('Connection')),
            description: 'Not there when the worker does not answer, such as one that is stuck.',
          },
        },
      ),
    ),
  }),
  Connection: object(
    {
      connectionId: count,
      state: { enum: ['serving', 'idle', 'draining'] },
      stateForMs: amount,
      activity: { enum: ['serving', 'idle'] },
      activityForMs: amount,
      openForMs: amount,
      bytesRead: count,
      bytesWritten: count,
    },
    { remoteAddress: text, remotePort: count, request: text },
  ),
  RestartReport: object(
    { generation: count, cutConnections: count, durationMs: amount, workers: steps },
    { canary: ref('RetireReport') },
  ),
  RetireReport: object(
    { workerId: count, cutConnections: count, durationMs: amount },
    { nativeId: { type: 'integer' }, step: text },
  ),
  ResizeReport: object({
    workers: count,
    previousWorkers: count,
    cutConnections: count,
    durationMs: amount,
  }),
  CloseReport: object({
    drainedConnections: count,
    cutConnections: count,
    durationMs: amount,
    workers: steps,
  }),
  UpgradeReport: object({ pid: count, report: ref('CloseReport') }),
  Done: object({ done: { const: true } }),
  Accepted: object({ accepted: { const: true } }),
  Event: object({ event: text, at: { type: 'string', format: 'date-time' }, data: map({}) }),
  Failure: object({ error: ref('Error') }),
  Error: object(
    { name: text, message: text },
    {
      code: text,
      stack: text,
      cause: ref('Error'),
      location: object({ file: text, line: count }, { column: count }),
    },
  ),
});
