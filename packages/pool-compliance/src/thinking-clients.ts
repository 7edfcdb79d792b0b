import { type LoadOptions, runLoad } from '@sockpool/load-client';
import { startNetworkProxy, type TargetAddress } from '@sockpool/load-client/network-proxy';

/** Clients that think before each request, over connections that they keep. */
export interface ThinkingClientsOptions {
  /** Where the server or what is in front of it listens. */
  readonly target: TargetAddress;
  readonly connections: number;
  /** The bounds of the time between a reply and the next request, in milliseconds. */
  readonly thinkMs: readonly [minMs: number, maxMs: number];
  /** How far away they live, in milliseconds each way; `undefined` for no network between. */
  readonly delayMs?: number | undefined;
  readonly http: NonNullable<LoadOptions['http']>;
}

/** What clients saw. */
export interface ThinkingClientsReport {
  /** Requests that got their right reply. */
  readonly right: number;
  /** What was lost, by the name of load-client's class; empty when nothing was. */
  readonly lost: Readonly<Record<string, number>>;
  /** Connections that ended behind a reply that said so. */
  readonly announced: number;
  /** Connections that the server closed without a word. */
  readonly closedWhileIdle: number;
}

/** Clients that go on until they are told to stop. */
export interface ThinkingClients {
  /** Resolves when a reply has come for each connection. */
  readonly underWay: Promise<void>;
  /** Lets each client get the reply that it waits for, and tells what they saw. */
  stop(): Promise<ThinkingClientsReport>;
}

/** A reply may take this long before it counts as lost: a busy machine is late, and loses nothing. */
const REPLY_TIMEOUT_MS = 30_000;

/**
 * Starts clients that retry nothing, so that every request that the server loses is seen.
 *
 * @param options who they are
 */
export async function startThinkingClients(
  options: ThinkingClientsOptions,
): Promise<ThinkingClients> {
  const { target, connections, thinkMs, delayMs, http } = options;
  const proxy =
    delayMs === undefined ? undefined : await startNetworkProxy({ target, delayMs, seed: 1 });
  const stopping = new AbortController();
  const { promise: underWay, resolve } = Promise.withResolvers<void>();
  let replies = 0;
  const run = runLoad({
    ...placeOf(proxy?.address ?? target),
    connections,
    thinkMs,
    http,
    // Without an end of its own.
    durationMs: 600_000,
    drainMs: REPLY_TIMEOUT_MS,
    replyTimeoutMs: REPLY_TIMEOUT_MS,
    onReply: () => {
      replies += 1;
      if (replies === connections) resolve();
    },
    stopSignal: stopping.signal,
  });
  return {
    underWay: Promise.race([underWay, run.then(() => undefined)]),
    stop: async () => {
      stopping.abort();
      const { requests, errors, closedAsAnnounced, closedWhileIdle } = await run;
      await proxy?.close();
      const counts = Object.entries({ ...errors, unanswered: requests.unanswered });
      return {
        right: requests.right,
        lost: Object.fromEntries(counts.filter(([, count]) => count > 0)),
        announced: closedAsAnnounced,
        closedWhileIdle,
      };
    },
  };
}

function placeOf(target: TargetAddress): Pick<LoadOptions, 'host' | 'port' | 'path'> {
  if (typeof target === 'string') return { path: target };
  if ('address' in target) return { host: target.address, port: target.port };
  return target;
}
