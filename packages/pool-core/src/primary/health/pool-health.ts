import type { ManagedWorker } from '../supervision/managed-worker.ts';
import { type WorkerInfo, workerInfo } from '../../options/workers/worker-info.ts';
import type { StuckWatch } from '../supervision/stuck-watch.ts';
import type { Supervisor } from '../supervision/supervisor.ts';

/** Where a pool stands in its life. */
export type PoolState = 'idle' | 'starting' | 'listening' | 'closing' | 'closed';

/** How long a loop that turns may be silent, in milliseconds; heartbeats come every 250. */
const BUSY_AFTER_MS = 750;

/**
 * How a worker is.
 *
 * - `starting`: not ready yet, or waits to take over in a restart.
 * - `well`: its event loop turns.
 * - `busy`: its event loop has not turned for a moment; it computes.
 * - `hung`: its event loop has not turned for `health.unreadyAfterMs`; it counts as unable to serve.
 * - `stuck`: its event loop has not turned for `health.stuckTimeoutMs`; it is being replaced.
 * - `leaving`: finishes its connections, or has been told to end.
 * - `dead`: gone, and not replaced yet.
 */
export type WorkerCondition = 'starting' | 'well' | 'busy' | 'hung' | 'stuck' | 'leaving' | 'dead';

/** A worker, and how it is. */
export interface WorkerHealth extends WorkerInfo {
  readonly condition: WorkerCondition;
  /** Milliseconds for which its event loop has shown no sign of turning. */
  readonly blockedMs: number;
}

/** The result of a check. */
export interface HealthCheck {
  readonly ok: boolean;
  /** Why not, each a clause; empty when it is. */
  readonly reasons: readonly string[];
}

/** How a pool is. */
export interface PoolHealth {
  readonly state: PoolState;
  /**
   * Whether there is a point in letting the program run: until the pool is closed, also
   * because it has given up. Workers that are stuck or dead are no reason, as the pool
   * replaces them.
   */
  readonly liveness: HealthCheck;
  /**
   * Whether to send clients: while the pool listens, is neither paused nor told to close,
   * and has a worker that is well, or busy for less than `health.unreadyAfterMs`.
   */
  readonly readiness: HealthCheck;
  /** The workers that are there, and those whose slots wait for a new one. */
  readonly workers: readonly WorkerHealth[];
}

/** What the health of a pool is judged by. */
export interface HealthFindings {
  readonly state: PoolState;
  readonly paused: boolean;
  readonly supervisor: Pick<Supervisor, 'slots' | 'workers'>;
  readonly stuckWatch: StuckWatch<ManagedWorker>;
  /** See `health.unreadyAfterMs`. */
  readonly unreadyAfterMs: number;
}

/**
 * Judges how a pool is, by what the primary knows at this moment. Asks no worker.
 *
 * @param findings what is known
 */
export function poolHealth(findings: HealthFindings): PoolHealth {
  const { state, paused, supervisor, stuckWatch, unreadyAfterMs } = findings;
  const placed = new Set(supervisor.slots.map(({ worker }) => worker));
  const waiting = new Set(supervisor.slots.map(({ standby }) => standby));
  // After the close there are no slots to fill.
  const dead = [...placed].filter(
    (worker) => worker?.exit?.expected === false && state !== 'closed',
  );
  const workers = [...supervisor.workers, ...dead]
    .filter((worker) => worker !== undefined)
    .map((worker): WorkerHealth => {
      const blockedMs = worker.state === 'exited' ? 0 : stuckWatch.blockedMs(worker);
      const condition = ((): WorkerCondition => {
        if (worker.state === 'exited') return 'dead';
        if (worker.state === 'starting' || waiting.has(worker)) return 'starting';
        if (worker.state !== 'ready' || !placed.has(worker)) return 'leaving';
        if (stuckWatch.isStuck(worker)) return 'stuck';
        if (blockedMs >= unreadyAfterMs) return 'hung';
        return blockedMs >= BUSY_AFTER_MS ? 'busy' : 'well';
      })();
      return Object.freeze({ ...workerInfo(worker), condition, blockedMs });
    })
    .toSorted((a, b) => a.workerId - b.workerId);
  return Object.freeze({
    state,
    liveness: check(state === 'closed' ? ['the pool is closed'] : []),
    readiness: check(reasonsAgainstClients(state, paused, workers)),
    workers: Object.freeze(workers),
  });
}

function reasonsAgainstClients(
  state: PoolState,
  paused: boolean,
  workers: readonly WorkerHealth[],
): string[] {
  if (state === 'idle' || state === 'starting') return ['the pool does not listen yet'];
  if (state !== 'listening') return [`the pool is ${state}`];
  const reasons = paused ? ['the pool is paused'] : [];
  const canServe = ({ condition }: WorkerHealth): boolean =>
    condition === 'well' || condition === 'busy';
  if (!workers.some(canServe)) {
    const each = workers.map(({ workerId, condition, blockedMs }) =>
      condition === 'hung'
        ? `worker ${workerId} has hung for ${Math.round(blockedMs)} ms`
        : `worker ${workerId} is ${condition}`,
    );
    reasons.push(`no worker can serve: ${each.join(', ')}`);
  }
  return reasons;
}

function check(reasons: string[]): HealthCheck {
  return Object.freeze({ ok: reasons.length === 0, reasons: Object.freeze(reasons) });
}
