import type { AddressInfo, Socket } from 'node:net';
import { doneWithin } from '../supervision/deadline.ts';
import { asError } from '../../errors/error-record.ts';
import { describeExit } from '../../protocol/worker-end.ts';
import type { ManagedWorker } from '../supervision/managed-worker.ts';
import type { WorkerProbe } from '../../options/workers/rollout-options.ts';
import { WorkerCrashError, WorkerProbeError } from '../../errors/rollout-errors.ts';
import { workerInfo } from '../../options/workers/worker-info.ts';

/** How long a worker may take to show that the probe has not killed it, in milliseconds. */
const SIGN_OF_LIFE_MS = 2_000;

/** What a probe is run with. */
export interface ProbeRun {
  readonly probe: WorkerProbe;
  readonly address: AddressInfo | string;
  readonly connect: (worker: ManagedWorker) => Promise<Socket>;
  readonly timeoutMs: number;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/**
 * Probes a worker.
 *
 * @param worker the worker, which is ready and serves no clients
 * @param run how
 * @throws {WorkerCrashError} when the worker died of it
 * @throws {WorkerProbeError} when the probe failed or was not done in time
 * @throws {unknown} the signal's reason
 */
export async function probeWorker(worker: ManagedWorker, run: ProbeRun): Promise<void> {
  const ending = new AbortController();
  const opened: Socket[] = [];
  const connect = async (): Promise<Socket> => {
    const socket = await run.connect(worker);
    // Whoever listens hears of it; nobody has to.
    opened.push(socket.on('error', () => undefined));
    if (ending.signal.aborted) socket.destroy();
    return socket;
  };
  const probed = (async () =>
    run.probe({
      worker: workerInfo(worker),
      address: run.address,
      connect,
      signal: ending.signal,
    }))();
  let failure: Error | undefined;
  try {
    const done = await doneWithin(Promise.race([probed, worker.exited]), run.timeoutMs, run.signal);
    if (!done) throw new Error(`it was not done within ${run.timeoutMs} ms`);
    if (worker.exit === undefined) await probed;
  } catch (thrown) {
    failure = asError(thrown);
  } finally {
    ending.abort();
    for (const socket of opened) socket.destroy();
    probed.catch(() => undefined);
  }
  run.signal.throwIfAborted();
  // A connection breaks before the end of its worker is told of.
  await worker.report(SIGN_OF_LIFE_MS);
  if (worker.exit !== undefined) {
    const how = `${describeExit(worker.exit)} while it was probed`;
    throw new WorkerCrashError(worker.id, how, worker.lastError);
  }
  if (failure !== undefined) {
    throw new WorkerProbeError(worker.id, failure.message, { cause: failure });
  }
}
