import type { AddressInfo, Socket } from 'node:net';
import { AcceptGate } from '../accepting/accept-controller.ts';
import type { Acceptor } from '../accepting/acceptor.ts';
import { serverOptions } from '../../options/connection-options.ts';
import { connectionPair } from '../rollouts/connection-pair.ts';
import { ConnectionShedder } from '../dispatch/connection-shedder.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import { asError, fromErrorRecord } from '../../errors/error-record.ts';
import { type CrashLoopError, WorkerStuckError } from '../../errors/errors.ts';
import { Gatekeeper } from '../admission/admission-control.ts';
import type { ManagedWorker } from '../supervision/managed-worker.ts';
import type { WorkerMessage } from '../../protocol/messages.ts';
import type { Generation } from '../supervision/worker-slot.ts';
import { PoolChanges } from '../rollouts/rollouts.ts';
import type { PoolNotices } from './reporter.ts';
import type { ResolvedPoolOptions } from '../../options/pool-options.ts';
import { PoolTally } from './totals.ts';
import { Recycler } from '../rollouts/recycler.ts';
import type { WorkerRecipe } from '../../options/restart-options.ts';
import { needsLoadSamples } from '../../options/scheduling-options.ts';
import { createScheduler } from '../scheduling/scheduling.ts';
import { StuckWatch } from '../supervision/stuck-watch.ts';
import { Supervisor } from '../supervision/supervisor.ts';
import type { WorkerPoolMachinery } from './worker-kind.ts';
import { probeWorker } from '../rollouts/worker-probe.ts';
import { WorkerSpawnError } from '../../errors/worker-spawn-error.ts';
import { workerInfo } from '../supervision/worker-stats.ts';

/** Connections that are turned away and may be on their way out at the same time. */
const MAX_LINGERING = 1_024;

/** How long it may take to find out what a stuck worker is doing, in milliseconds. */
const STACK_TIMEOUT_MS = 3_000;

/** What the parts of a pool ask of the pool. */
export interface PoolPartsOwner {
  /** Where the pool listens, once it does. */
  readonly address: () => AddressInfo | string | undefined;
  /** Resolves when the pool listens; undefined when nobody has told it to. */
  readonly listening: () => Promise<unknown> | undefined;
  /** A worker keeps dying; the pool is to give up. */
  readonly crashLoop: (error: CrashLoopError) => void;
  /** Kills leaving workers when it fires. */
  readonly force: AbortSignal;
}

/**
 * The parts of a pool, and what each tells the others.
 *
 * Connections go acceptor → dispatcher → worker. What workers tell and what becomes of
 * them comes in at `#onMessage` and `#onState`, and goes on from there.
 */
export class PoolParts<Launch extends object = object> {
  readonly options: ResolvedPoolOptions;
  readonly notices: PoolNotices;
  readonly acceptor: Acceptor;
  readonly supervisor: Supervisor;
  readonly dispatcher: Dispatcher;
  readonly shedder: ConnectionShedder;
  readonly gatekeeper: Gatekeeper;
  readonly gate: AcceptGate;
  readonly changes: PoolChanges<Launch>;
  readonly recycler: Recycler<ManagedWorker>;
  readonly stuckWatch: StuckWatch<ManagedWorker>;
  readonly tally: PoolTally = new PoolTally();
  readonly #machinery: WorkerPoolMachinery<Launch>;
  readonly #address: () => AddressInfo | string | undefined;

  constructor(
    options: ResolvedPoolOptions,
    machinery: WorkerPoolMachinery<Launch>,
    notices: PoolNotices,
    owner: PoolPartsOwner,
  ) {
    this.options = options;
    this.notices = notices;
    this.acceptor = machinery.acceptor;
    this.#machinery = machinery;
    this.#address = () => owner.address();
    const { handlerUrl, workerData, workers, bootTimeoutMs, respawn, overload } = options;
    const recipe = { handlerUrl, workerData, launch: machinery.launch };
    const generation = this.#generation(0, recipe);
    this.supervisor = new Supervisor(
      { workers, bootTimeoutMs, respawn, generation },
      {
        message: (worker, message) => this.#onMessage(worker, message),
        state: (worker) => this.#onState(worker),
        respawn: (...args) => notices.tell('workerRespawn', ...args),
        spawnFailed: (...args) => notices.spawnFailed(...args),
        placeBroken: (error) => notices.placeBroken(error),
        crashLoop: (error) => owner.crashLoop(error),
      },
    );
    this.stuckWatch = new StuckWatch(
      options.health.stuckTimeoutMs,
      () => this.supervisor.workers,
      (worker, blockedMs) => void this.#onStuck(worker, blockedMs),
    );
    this.gatekeeper = new Gatekeeper(options.gate, notices.logger, {
      refused: (refused, worker) => notices.tell('connectionRefused', refused, workerInfo(worker)),
    });
    this.shedder = new ConnectionShedder({
      rejectWith: overload.rejectWith,
      maxLingering: MAX_LINGERING,
      onShed: (shed) => notices.shed(shed),
      onSaturated: () => this.gate.update(),
    });
    this.dispatcher = new Dispatcher({
      maxConnectionsPerWorker: options.maxConnectionsPerWorker,
      maxConnections: options.maxConnections,
      overload,
      schedule: createScheduler(options.scheduling, {
        onError: (error) => notices.schedulingError(error),
      }),
      workers: () => this.supervisor.workers,
      onFull: () => {
        for (const worker of this.supervisor.workers) worker.wantPlaces(this.dispatcher.full);
        this.gate.update();
      },
      onShed: (...shed) => this.shedder.shed(...shed),
      onLost: () => {
        this.tally.lost += 1;
      },
    });
    this.gate = new AcceptGate({
      acceptor: this.acceptor,
      workers: () => this.supervisor.workers,
      full: () => (this.dispatcher.full && overload.policy === 'wait') || this.shedder.saturated,
    });
    this.changes = new PoolChanges(
      {
        supervisor: this.supervisor,
        shutdown: options.shutdown,
        rollout: options.rollout,
        recipe,
        checkLaunch: (launch) => machinery.checkLaunch(launch),
        generation: (...args) => this.#generation(...args),
        listening: () => owner.listening(),
        force: owner.force,
        onTakenOver: () => {
          this.dispatcher.workersChanged();
          this.dispatcher.update();
        },
        probe: (worker, probe, signal) =>
          probeWorker(worker, {
            probe,
            // Rollouts run while the pool listens.
            address: this.#address() ?? '',
            connect: (target) => this.#connectTo(target),
            timeoutMs: bootTimeoutMs,
            signal,
          }),
        warn: (message) => notices.logger.warn(message),
        tell: (event, ...values) => notices.tell(event, ...values),
      },
      generation,
    );
    this.recycler = new Recycler({
      options: options.recycle,
      workers: () => this.supervisor.places.flatMap(({ worker }) => worker ?? []),
      exchange: (worker, reason) =>
        this.changes.recycle(worker, () =>
          notices.tell('workerRecycle', workerInfo(worker), reason),
        ),
      onFailure: (worker, error) => {
        if (this.changes.stopped) return;
        notices.logger.warn(`Worker ${worker.id} could not be recycled: ${error.message}`);
      },
    });
  }

  /** Says how workers are made by a recipe; what a worker is told is looked up when it is spawned. */
  #generation(
    number: number,
    { handlerUrl, workerData, launch }: WorkerRecipe<Launch>,
  ): Generation {
    return {
      number,
      spawn: (boot, events) => this.#machinery.spawn(boot, events, launch),
      boot: (workerId) => ({
        workerId,
        handlerUrl,
        maxConnections: this.options.maxConnectionsPerWorker,
        workerData,
        accepting: this.acceptor.workersAccept && !this.gate.closed,
        paused: this.gate.paused,
        parks: typeof this.#address() !== 'string',
        gate: this.gatekeeper.boot,
        sampleLoad: !this.acceptor.workersAccept && needsLoadSamples(this.options.scheduling),
      }),
    };
  }

  /** Opens a connection that this worker serves, whether or not it serves others. */
  async #connectTo(worker: ManagedWorker): Promise<Socket> {
    const { client, server } = await connectionPair(serverOptions(this.options.connection, true));
    this.dispatcher.handTo(worker, server);
    return client;
  }

  #onMessage(worker: ManagedWorker, message: WorkerMessage): void {
    switch (message.type) {
      case 'accepted':
        this.dispatcher.accepted(message.connectionId);
        break;
      case 'refused':
        this.dispatcher.refused(message.connectionId);
        break;
      case 'closed':
      case 'acceptingStopped':
        this.dispatcher.update();
        break;
      case 'connectionsRefused':
      case 'takeAddressPlace':
      case 'releaseAddressPlace':
      case 'tlsReloaded':
        this.gatekeeper.receive(worker, message);
        break;
      case 'handlerError':
        this.notices.handlerError(
          fromErrorRecord(message.error),
          workerInfo(worker),
          message.advice,
        );
        break;
      case 'log':
        this.notices.log(message, worker.id);
        break;
      case 'report':
        this.recycler.check();
        break;
      case 'beat':
      case 'ready':
      case 'activated':
      case 'bootFailed':
      case 'uncaughtError':
      case 'load':
      case 'exiting':
        break;
    }
  }

  #onState(worker: ManagedWorker): void {
    this.dispatcher.workersChanged();
    if (worker.state === 'ready') {
      this.dispatcher.update();
      this.notices.tell('workerReady', workerInfo(worker));
    }
    if (worker.state === 'draining') this.dispatcher.update();
    if (worker.state === 'exited' && worker.exit !== undefined) {
      this.tally.add(worker);
      if (this.gate.closed) this.tally.cutAtClose += worker.cutConnections;
      this.dispatcher.workerGone(worker);
      this.gatekeeper.workerGone(worker);
      // One that never was is told of by its place.
      if (worker.shortage instanceof WorkerSpawnError) return;
      if (this.#isFailure(worker)) this.notices.workerFailed(worker, worker.exit);
      this.notices.tell('workerExit', workerInfo(worker), worker.exit, worker.lastError);
    }
  }

  /** Whether nobody else tells why a worker ended: not the caller of `listen()` or `restart()`. */
  #isFailure(worker: ManagedWorker): boolean {
    if (worker.lastError instanceof WorkerStuckError || worker.shortage !== undefined) return false;
    if (worker.exit?.expected === true) return worker.lastError !== undefined;
    return this.supervisor.places.some((place) => place.replaces(worker));
  }

  async #onStuck(worker: ManagedWorker, blockedMs: number): Promise<void> {
    const stack = this.options.health.stack ? await this.#stackOf(worker) : undefined;
    // Its end has been told of by then.
    if (worker.state === 'exited') return;
    const error = new WorkerStuckError(worker.id, blockedMs, stack);
    this.notices.workerStuck(error, worker);
    worker.killForCause(error);
    this.notices.tell('workerStuck', { worker: workerInfo(worker), blockedMs, stack });
  }

  async #stackOf(worker: ManagedWorker): Promise<string | undefined> {
    try {
      return await worker.takeStack(STACK_TIMEOUT_MS);
    } catch (error) {
      this.notices.logger.debug(
        `The stack of worker ${worker.id} could not be taken: ${asError(error).message}`,
      );
      return undefined;
    }
  }
}
