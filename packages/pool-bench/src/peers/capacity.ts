import type { Results } from './results.ts';
import { calmest, spreadOf } from './statistics.ts';

/** What a connection, a request and a byte cost, in microseconds of CPU. */
export interface Costs {
  readonly connection: number;
  readonly request: number;
  /** For each byte that comes in and goes out again. */
  readonly byte: number;
}

/** The measured costs of one way to accept: all of the server's, and its main thread's among them. */
export interface ModeCosts {
  readonly peer: string;
  readonly total: Costs;
  readonly main: Costs;
}

/** What clients do. */
export interface Traffic {
  /** Infinity for connections that stay. */
  readonly requestsPerConnection: number;
  readonly bytesPerRequest: number;
}

/** How far a server gets. */
export interface Saturation {
  readonly requestsPerSecond: number;
  /** What is fully busy then. */
  readonly limit: 'cores' | 'main thread';
}

const LARGE_BYTES = 16_384;

function medianOf(
  results: Results,
  workload: string,
  peer: string,
  figure: string,
): number | undefined {
  const found = results.workloads.find(({ name }) => name === workload);
  const own = calmest(found?.measurements ?? [], results.rounds).filter(
    (each) => each.peer === peer,
  );
  return spreadOf(own.map(({ figures }) => figures[figure] ?? Number.NaN))?.median;
}

/**
 * Derives what connections, requests and bytes cost from the workloads `short`, `keep-alive` and
 * `large`; undefined for a peer that one of them was not measured with.
 */
export function costsOf(results: Results, peer: string): ModeCosts | undefined {
  const costs = (figure: string): Costs | undefined => {
    const [short, kept, large] = ['short', 'keep-alive', 'large'].map((workload) =>
      medianOf(results, workload, peer, figure),
    );
    if (short === undefined || kept === undefined || large === undefined) return undefined;
    // What is less than the resolution of the measurement may come out below zero.
    return {
      connection: Math.max(0, short - kept),
      request: kept,
      byte: Math.max(0, (large - kept) / LARGE_BYTES),
    };
  };
  const [total, main] = [costs('cpuMicros'), costs('mainMicros')];
  return total === undefined || main === undefined ? undefined : { peer, total, main };
}

/** What one request costs, its share of the connection and its bytes included, in microseconds. */
export function costOfRequest(
  costs: Costs,
  { requestsPerConnection, bytesPerRequest }: Traffic,
): number {
  return costs.connection / requestsPerConnection + costs.request + costs.byte * bytesPerRequest;
}

/**
 * Tells where a server saturates: all cores are busy, or its main thread is, which has one core
 * at most. Workers beside it divide what they do evenly, and neither the kernel's locks nor memory cost
 * more with more cores: real servers reach less.
 */
export function saturationOf(
  { total, main }: ModeCosts,
  traffic: Traffic,
  cores: number,
): Saturation {
  const byCores = (cores * 1e6) / costOfRequest(total, traffic);
  const byMain = 1e6 / costOfRequest(main, traffic);
  return byMain < byCores
    ? { requestsPerSecond: byMain, limit: 'main thread' }
    : { requestsPerSecond: byCores, limit: 'cores' };
}

/** The number of cores beyond which one more serves nobody; Infinity when there is none. */
export function coresThatServe({ total, main }: ModeCosts, traffic: Traffic): number {
  return costOfRequest(total, traffic) / costOfRequest(main, traffic);
}

/** A prediction beside what was measured. */
export interface Check {
  readonly peer: string;
  readonly workload: string;
  readonly cores: number;
  readonly predicted: number;
  readonly measured: number;
}

/**
 * Compares the model with the measured requests a second: on one core, which the server has for
 * itself, and on all cores of the measured machine, which it shares with the clients and with others.
 */
export function checksOf(results: Results, costs: ModeCosts): Check[] {
  const { peer } = costs;
  const of = (workload: string, figure: string) => medianOf(results, workload, peer, figure);
  const traffics = [
    ['short', { requestsPerConnection: 1, bytesPerRequest: 0 }],
    ['keep-alive', { requestsPerConnection: Infinity, bytesPerRequest: 0 }],
  ] as const;
  return traffics.flatMap(([workload, traffic]) => {
    const checks: Check[] = [];
    const alone = of(`${workload}-1cpu`, 'perSecond');
    const aloneClient = of(`${workload}-1cpu`, 'clientMicros');
    if (alone !== undefined && aloneClient !== undefined) {
      const served = saturationOf(costs, traffic, 1).requestsPerSecond;
      // The clients have a core for themselves, and no more.
      const predicted = Math.min(served, 1e6 / aloneClient);
      checks.push({ peer, workload, cores: 1, predicted, measured: alone });
    }
    const together = of(workload, 'perSecond');
    const client = of(workload, 'clientMicros');
    if (together !== undefined && client !== undefined) {
      const { cpus } = results.machine;
      const found = results.workloads.find(({ name }) => name === workload);
      const own = calmest(found?.measurements ?? [], results.rounds).filter(
        (each) => each.peer === peer,
      );
      const others = spreadOf(own.map(({ otherLoad }) => otherLoad))?.median ?? 0;
      const left = cpus * (1 - others);
      const byCores = (left * 1e6) / (costOfRequest(costs.total, traffic) + client);
      const byMain = 1e6 / costOfRequest(costs.main, traffic);
      const predicted = Math.min(byCores, byMain, 1e6 / client);
      checks.push({ peer, workload, cores: cpus, predicted, measured: together });
    }
    return checks;
  });
}
