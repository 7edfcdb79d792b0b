import { setTimeout as pause } from 'node:timers/promises';
import { CommandedProgram } from './commanded-program.ts';
import { handlerOfBench, type BenchedPool } from './pool-benchmarks.ts';
import { residentBytesOf } from './process-usage.ts';
import { SoakClients } from './soak-clients.ts';

/** Clients at a time. */
const CLIENTS = 24;

/** The most workers, which are resized from one up to them. */
const MOST_WORKERS = 4;

/** How much more memory the lows of a run's last third may take than those of the second, before it counts as growth. */
const GROWTH = 1.1;

/** How a restart or a resize ends that is given up since a new worker died. */
const ROLLED_BACK = /RestartFailedError|ResizeFailedError/;

/** How many times memory is looked at. */
const SAMPLES = 60;

/**
 * Restarts, resizes and kills the workers of each kind of pool under load, side by side, and
 * attributes every request that is lost. Sets the exit code to 1 when one is lost that no kill
 * explains, or when the primary's memory goes on growing.
 *
 * @param pools the kinds of pools
 * @param minutes for how long
 * @param seed of what is random
 */
export async function soak(
  pools: readonly BenchedPool[],
  minutes: number,
  seed: number,
): Promise<void> {
  console.log(`Soak for ${minutes} minutes, seed ${seed}: restarts, resizes and kills under load`);
  const results = await Promise.all(pools.map((pool) => soakOne(pool, minutes * 60_000, seed)));
  if (results.includes(false)) process.exitCode = 1;
}

async function soakOne(pool: BenchedPool, durationMs: number, seed: number): Promise<boolean> {
  const options = {
    handler: handlerOfBench('soak'),
    workers: 2,
    // Kills are no crash loop here, and few of them are to end a restart.
    rollout: { minReadyMs: 250 },
    respawn: { initialDelayMs: 20, maxDelayMs: 200, maxConsecutiveCrashes: 1_000_000 },
    ...pool.options,
  };
  await using server = await CommandedProgram.start('./restartable-pool-main.ts', [
    pool.moduleUrl,
    pool.className ?? pool.name,
    JSON.stringify(options),
  ]);
  const random = randomFrom(seed);
  const clients = new SoakClients(server.address, random);
  const over = AbortSignal.timeout(durationMs);
  const done = { restarts: 0, resizes: 0, rolledBack: 0 };
  const memory: number[] = [];

  const until = async (work: () => Promise<void>): Promise<void> => {
    while (!over.aborted) await work();
  };
  await Promise.all([
    ...Array.from({ length: CLIENTS }, () => clients.load(over)),
    until(async () => {
      await pause(100 + random() * 900);
      try {
        if (random() < 0.6) {
          await server.restart();
          done.restarts += 1;
        } else {
          await server.resize(1 + Math.floor(random() * MOST_WORKERS));
          done.resizes += 1;
        }
      } catch (error) {
        // A new worker was killed before it had proved itself.
        if (!ROLLED_BACK.test(String(error))) throw error;
        done.rolledBack += 1;
      }
    }),
    until(async () => {
      await pause(500 + random() * 2_500);
      await clients.kill();
    }),
    until(async () => {
      await pause(durationMs / SAMPLES);
      memory.push(residentBytesOf(server.pid));
    }),
  ]);
  const { lostConnections } = await server.stats();
  const { counts } = clients;
  const growth = low(thirdOf(memory, 2)) / low(thirdOf(memory, 1));
  const right = counts.unexplainedTotal === 0 && growth <= GROWTH;
  const tenth = Math.ceil(memory.length / 10);
  console.log(
    [
      `\n${pool.name}: ${right ? 'as it should be' : 'NOT as it should be'}`,
      `${counts.requests} requests on ${counts.connections} connections`,
      `${done.restarts} restarts, ${done.resizes} resizes, ${done.rolledBack} of either rolled back, ${counts.workersKilled} workers killed`,
      `lost with a killed worker: ${counts.lostToKills} requests, ${counts.idleEndsByKills} idle connections, ` +
        `${counts.unnamed} connections before it served them (the pool counted ${lostConnections})`,
      `lost otherwise: ${counts.unexplainedTotal}`,
      ...counts.unexplained.map((what) => `  ${what}`),
      `resident memory of the primary, MiB: ${memory
        .filter((_, index) => index % tenth === tenth - 1)
        .map((bytes) => (bytes / 2 ** 20).toFixed(0))
        .join(' ')} (lows of the last third ${growth.toFixed(2)} times those of the second)`,
    ].join('\n'),
  );
  return right;
}

/** Repeatable random numbers (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function thirdOf(values: readonly number[], index: 0 | 1 | 2): readonly number[] {
  const length = Math.floor(values.length / 3);
  return values.slice(index * length, (index + 1) * length);
}

/** The mean of the lowest quarter: what more workers take for a while does not count. */
function low(values: readonly number[]): number {
  const lowest = values.toSorted((a, b) => a - b).slice(0, Math.ceil(values.length / 4));
  return lowest.reduce((sum, value) => sum + value, 0) / lowest.length;
}
