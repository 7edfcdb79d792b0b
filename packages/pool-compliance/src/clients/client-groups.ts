import {
  checkZeroLoss,
  type Disruption,
  type ZeroLossOptions,
  type ZeroLossReport,
} from '@sockpool/zero-loss';

/** Clients of one kind, and where they find the server. */
export type ClientGroup = Omit<ZeroLossOptions, 'disruptions' | 'signal'>;

/** Clients that think before each request, over connections that they keep. */
export interface ThinkingClients {
  /** Where the server or what is in front of it listens. */
  readonly address: ZeroLossOptions['address'];
  readonly connections: number;
  /** The bounds of the time between a reply and the next request, in milliseconds. */
  readonly thinkMs: readonly [minMs: number, maxMs: number];
  /** How far away they live, in milliseconds each way; 0 for no network between. @default 0 */
  readonly delayMs?: number;
  readonly http: NonNullable<NonNullable<ZeroLossOptions['workload']>['http']>;
}

/** A request that the handler `hosted/fastify` answers, and the right reply. */
export const HELLO: ThinkingClients['http'] = Object.freeze({
  requests: ['GET /hello/world'],
  expectBody: '{"hello":"world"}',
});

/** Another, which nobody may send twice. */
export const JSON_POST: ThinkingClients['http'] = Object.freeze({
  requests: ['POST /json'],
  headers: { 'content-type': 'application/json' },
  body: '{"a":1}',
  expectBody: '{"got":{"a":1}}',
});

/** Makes a group of clients that think. They retry nothing, so that every lost request is seen. */
export function thinkingClients(clients: ThinkingClients): ClientGroup {
  const { address, connections, thinkMs, delayMs = 0, http } = clients;
  return {
    address,
    workload: { http },
    held: { connections, thinkMs, requestsPerConnection: Infinity },
    newConnections: { rate: 0 },
    ...(delayMs > 0 && { network: { delayMs } }),
    // By then each has had a reply.
    quietMs: thinkMs[1],
    // On a busy machine they stand still now and then. What they are owed they still miss.
    stallLimitMs: 60_000,
  };
}

/**
 * Disturbs a server once while several groups of clients use it.
 *
 * @param groups the clients
 * @param run disturbs it, when all groups are under way
 * @returns what each group saw
 */
export async function checkGroups(
  groups: readonly ClientGroup[],
  run: () => Promise<unknown>,
): Promise<ZeroLossReport[]> {
  const failed = new AbortController();
  const begun = Promise.withResolvers<void>();
  let waiting = groups.length;
  const disturbed = begun.promise.then(run);
  const disruption: Disruption = {
    name: 'disruption of all groups',
    run: () => {
      waiting -= 1;
      if (waiting === 0) begun.resolve();
      return disturbed;
    },
  };
  const checks = groups.map((group) =>
    checkZeroLoss({ ...group, disruptions: [disruption], signal: failed.signal }),
  );
  try {
    return await Promise.all(checks);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(checks);
    throw error;
  }
}
