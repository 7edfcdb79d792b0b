import { requireObject } from '@sockpool/option-checks';
import { LOAD_DEFAULTS, type LoadOptions } from './load-options.ts';

function conflict(sentence: string): never {
  throw new TypeError(`Cannot run with these options: ${sentence}`);
}

/** What a session says itself, or leaves no room for, and what to write instead. */
const INSTEAD_IN_SESSION = {
  http: "write 'request' in its steps, and version and headers in the session",
  messages: "write 'message' in its steps",
  messageBytes: "write 'message' in its steps",
  messageOrder: 'its steps are in order',
  expectedReply: "write 'expect' or 'expectMatch' in its steps",
  requests: 'give sessions, or durationMs',
  totalRequests: 'give sessions, or durationMs',
  requestsPerConnection: 'write newConnection: true in the session',
} as const;

/** Says what doesn't go together with a session. */
function checkSession(options: LoadOptions, open: boolean, bounded: boolean): void {
  for (const [name, instead] of Object.entries(INSTEAD_IN_SESSION)) {
    if (options[name as keyof typeof INSTEAD_IN_SESSION] === undefined) continue;
    conflict(`give a session or ${name}, not both: ${instead}`);
  }
  if (open)
    conflict('a session waits for each reply, as the closed model does; leave out rate and stages');
  if ((options.pipeline ?? 1) > 1) conflict('a session waits for each reply; leave out pipeline');
  const { steps } = requireObjectOf(options.session);
  const isHttp =
    Array.isArray(steps) &&
    steps.some((step: { request?: unknown } | null) => step?.request !== undefined);
  const framed = (['framing', 'framingModule', 'websocket'] as const).find(
    (name) => options[name] !== undefined,
  );
  // What is no list of steps is told with the other options of the session.
  if (!Array.isArray(steps) || steps.length === 0) return;
  if (isHttp && framed !== undefined)
    conflict(`requests of HTTP go without ${framed}; leave it out`);
  if (!isHttp && !bounded) {
    conflict(
      "the messages of a session need a framing with boundaries; give framing 'line' or 'length-prefixed', a framing module, or WebSocket",
    );
  }
  if (!isHttp && (options.retries ?? 0) > 0) {
    conflict('a session of messages begins anew on a new connection; leave out retries');
  }
}

function requireObjectOf(session: unknown): { readonly steps?: unknown } {
  requireObject('Option session', session, '{ steps: [{ request: ... }] }');
  return session as { readonly steps?: unknown };
}

/** Refuses a closed run by time that ends before all of its connections are due to open. */
function checkOpening({
  connections = LOAD_DEFAULTS.connections,
  connectRate = Number.POSITIVE_INFINITY,
  rampUpMs = 0,
  warmupMs = 0,
  durationMs = Number.POSITIVE_INFINITY,
}: LoadOptions): void {
  const lastMs = (connections - 1) * Math.max(1000 / connectRate, rampUpMs / connections);
  // What is no number is told with the other values.
  if (!(lastMs >= warmupMs + durationMs)) return;
  conflict(
    `the last of ${connections} connections would open after ${Math.ceil(lastMs)} ms, when the run is over; ` +
      'give it more time, or fewer connections',
  );
}

/**
 * Refuses options that don't go together.
 *
 * @param open whether the run is in the open model
 * @throws {TypeError} that says what to write instead
 */
export function checkConflicts(options: LoadOptions, open: boolean): void {
  const { pipeline = 1, framing = LOAD_DEFAULTS.framing, threads = 1, http } = options;
  if (options.port === undefined && options.path === undefined) conflict('give a port or a path');
  if (options.port !== undefined && options.path !== undefined) {
    conflict('give a port or a path, not both');
  }
  const { websocket } = options;
  const bounded =
    framing !== 'raw' ||
    options.framingModule !== undefined ||
    http !== undefined ||
    websocket !== undefined;
  if (pipeline > 1 && !bounded && options.session === undefined) {
    conflict(
      'pipelining needs a framing with boundaries (line, length-prefixed, HTTP, WebSocket or a module)',
    );
  }
  const others = ['messages', 'messageBytes', 'framing', 'framingModule', 'expectedReply'] as const;
  const other = others.find((name) => options[name] !== undefined);
  if (http !== undefined && other !== undefined) conflict(`give http or ${other}, not both`);
  const framed = (['http', 'framing', 'framingModule'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (websocket !== undefined && framed !== undefined) {
    conflict(`give websocket or ${framed}, not both`);
  }
  if (options.session !== undefined) checkSession(options, open, bounded);
  else if (options.sessions !== undefined) conflict('sessions need a session; give its steps');
  if (threads > 1 && options.onReply !== undefined) conflict('onReply needs threads: 1');
  if (options.rate !== undefined && options.stages !== undefined) {
    conflict('give a rate or stages, not both');
  }
  if (!open) {
    const alone = (['pacing', 'arrivals'] as const).find((name) => options[name] !== undefined);
    if (alone !== undefined) {
      conflict(`${alone} is for requests by a schedule; give rate or stages, or leave it out`);
    }
    checkOpening(options);
    return;
  }
  if (options.requests !== undefined) {
    conflict('in the open model requests are not per connection; use totalRequests or durationMs');
  }
  if (options.thinkMs !== undefined) conflict('the open model has no think time');
  if (options.stages !== undefined) {
    if (options.durationMs !== undefined) conflict('stages say themselves how long they last');
    if (options.rampUpMs !== undefined) conflict('use a stage from 0 instead of rampUpMs');
  } else if (options.durationMs === undefined && options.totalRequests === undefined) {
    conflict('an open run needs durationMs, totalRequests or stages');
  }
}
