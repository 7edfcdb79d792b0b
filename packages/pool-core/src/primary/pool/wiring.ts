import type { Socket } from 'node:net';
import { AcceptController } from '../accepting/accept-controller.ts';
import { PoolAddresses } from '../accepting/pool-addresses.ts';
import { serverOptions } from '../../options/listening/connection-options.ts';
import { connectionPair } from '../rollouts/connection-pair.ts';
import { ConnectionShedder } from '../dispatch/connection-shedder.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import { asError } from '../../errors/error-record.ts';
import { type CrashLoopError, WorkerStuckError } from '../../errors/errors.ts';
import { AdmissionControl } from '../admission/admission-control.ts';
import type { ManagedWorker } from '../supervision/managed-worker.ts';
import type { Generation } from '../supervision/worker-slot.ts';
import { ChannelHub } from '../messaging/channel-hub.ts';
import { LeaderElection } from '../messaging/leader-election.ts';
import { Inspections } from '../inspection/inspections.ts';
import { Rollouts } from '../rollouts/rollouts.ts';
import type { PoolEvents } from './pool-stats.ts';
import type { Reporter } from './reporter.ts';
import { PoolMetering } from './pool-metering.ts';
import type { ResolvedPoolOptions } from '../../options/pool-options.ts';
import { Totals } from './totals.ts';
import { Recycler } from '../rollouts/recycler.ts';
import type { WorkerSpec } from '../../options/workers/restart-options.ts';
import { createScheduler } from '../scheduling/scheduling.ts';
import { StuckWatch } from '../supervision/stuck-watch.ts';
import { Supervisor } from '../supervision/supervisor.ts';
import type { WorkerKind } from './worker-kind.ts';
import { probeWorker } from '../rollouts/worker-probe.ts';
import { WorkerSpawnError } from '../../errors/worker-spawn-error.ts';
import { workerInfo } from '../../options/workers/worker-info.ts';

/** Connections that are rejected and may be on their way out at the same time. */
const MAX_LINGERING = 1_024;

/** How long it may take to find out what a stuck worker is doing, in milliseconds. */
const STACK_TIMEOUT_MS = 3_000;

/** What the parts of a pool ask of the pool. */
export interface PoolWiringOwner {
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
 * Connections go address → dispatcher → worker. What a worker tells goes from its line to the
 * part that it is for, and what becomes of it comes in at `#onState`.
 */
export class PoolWiring<KindOptions extends object = object> {
  readonly options: ResolvedPoolOptions;
  readonly reporter: Reporter;
  readonly addresses: PoolAddresses;
  readonly supervisor: Supervisor;
  readonly dispatcher: Dispatcher;
  readonly shedder: ConnectionShedder;
  readonly admissionControl: AdmissionControl;
  readonly acceptController: AcceptController;
  readonly rollouts: Rollouts<KindOptions>;
  readonly recycler: Recycler<ManagedWorker>;
  readonly stuckWatch: StuckWatch<ManagedWorker>;
  readonly totals: Totals = new Totals();
  readonly metering: PoolMetering = new PoolMetering();
  readonly inspections: Inspections;
  readonly channels: ChannelHub<ManagedWorker>;
  readonly election: LeaderElection<ManagedWorker> = new LeaderElection();
  readonly #kind: WorkerKind<KindOptions>;

  constructor(
    options: ResolvedPoolOptions,
    kind: WorkerKind<KindOptions>,
    reporter: Reporter,
    owner: PoolWiringOwner,
  ) {
    this.options = options;
    this.reporter = reporter;
    this.addresses = new PoolAddresses(() => kind.createAcceptor());
    this.#kind = kind;
    const { handlerUrl, workerData, workers, bootTimeoutMs, respawn, overload } = options;
    const spec = { handlerUrl, workerData, kindOptions: kind.kindOptions };
    this.admissionControl = new AdmissionControl(options.admission, reporter.logger, {
      refused: (refused, worker) => reporter.tell('connectionRefused', refused, workerInfo(worker)),
    });
    this.inspections = new Inspections(() => this.supervisor.workers);
    const { maxQueuedBytes } = options.channels;
    this.channels = new ChannelHub(maxQueuedBytes, (worker, name) =>
      reporter.messageDropped(worker.id, name, maxQueuedBytes),
    );
    this.shedder = new ConnectionShedder({
      rejectWith: overload.rejectWith,
      maxLingering: MAX_LINGERING,
      onShed: (shed) => reporter.shed(shed),
      onSaturated: () => this.acceptController.update(),
    });
    this.dispatcher = new Dispatcher({
      maxConnectionsPerWorker: options.maxConnectionsPerWorker,
      maxConnections: options.maxConnections,
      overload,
      schedule: createScheduler(options.scheduling, {
        onError: (error) => reporter.schedulingError(error),
      }),
      workers: () => this.supervisor.workers,
      canHandOff: () => kind.canHandOff?.() ?? true,
      onFull: () => {
        for (const worker of this.supervisor.workers) worker.wantCapacity(this.dispatcher.full);
        this.acceptController.update();
      },
      onShed: (...shed) => this.shedder.shed(...shed),
      ...(options.metrics && { onWaited: (waitedMs) => this.metering.waited(waitedMs) }),
      onLost: () => {
        this.totals.lost += 1;
      },
    });
    this.acceptController = new AcceptController({
      addresses: this.addresses,
      workers: () => this.supervisor.workers,
      dispatcher: this.dispatcher,
      shedder: this.shedder,
    });
    this.recycler = new Recycler({
      options: options.recycle,
      workers: () => this.supervisor.slots.flatMap(({ worker }) => worker ?? []),
      exchange: (worker, reason) =>
        this.rollouts.recycle(worker, () => reporter.recycling(worker, reason)),
      onFailure: (worker, error) => {
        if (this.rollouts.stopped) return;
        reporter.logger.warn(`Cannot recycle worker ${worker.id}: ${error.message}`);
      },
    });
    const generation = this.#generation(0, spec);
    this.supervisor = new Supervisor(
      {
        workers,
        bootTimeoutMs,
        respawn,
        generation,
        audience: {
          dispatcher: this.dispatcher,
          admission: this.admissionControl,
          inspections: this.inspections,
          channels: this.channels,
          election: this.election,
          recycler: this.recycler,
          reporter,
        },
      },
      {
        state: (worker) => this.#onState(worker),
        respawn: (...args) => reporter.tell('workerRespawn', ...args),
        spawnFailed: (...args) => reporter.spawnFailed(...args, this.#serves),
        slotBroken: (error) => reporter.slotBroken(error, this.#serves),
        crashLoop: (error) => owner.crashLoop(error),
      },
    );
    this.stuckWatch = new StuckWatch(
      options.health.stuckTimeoutMs,
      () => this.supervisor.workers,
      (worker, blockedMs) => void this.#onStuck(worker, blockedMs),
    );
    this.rollouts = new Rollouts(
      {
        supervisor: this.supervisor,
        shutdown: options.shutdown,
        rollout: options.rollout,
        spec,
        checkKindOptions: (kindOptions) => kind.checkKindOptions(kindOptions),
        generation: (...args) => this.#generation(...args),
        listening: () => owner.listening(),
        force: owner.force,
        onTakenOver: () => {
          this.dispatcher.workersChanged();
          this.dispatcher.update();
          this.election.update();
        },
        probe: (worker, probe, signal) =>
          probeWorker(worker, {
            probe,
            // Rollouts run while the pool listens.
            address: this.addresses.all[0] ?? '',
            connect: (target) => this.#connectTo(target),
            timeoutMs: bootTimeoutMs,
            signal,
          }),
        warn: (message) => reporter.logger.warn(message),
        told: {
          restarting: (number) => this.#tell('restarting', number),
          restarted: (report) => this.#tell('restarted', report),
          restartFailed: (error) => this.#tell('restartFailed', error),
          resized: (report) => this.#tell('resized', report),
          workerRetired: (report) => this.#tell('workerRetired', report),
        },
      },
      generation,
    );
  }

  #tell<Event extends keyof PoolEvents>(event: Event, ...values: PoolEvents[Event]): void {
    this.metering.happened(event, ...values);
    this.reporter.tell(event, ...values);
  }

  /** Whether a worker takes connections. */
  get #serves(): boolean {
    return this.supervisor.workers.some(({ state }) => state === 'ready');
  }

  /** Says how workers are made by a spec; what a worker is told is looked up when it is spawned. */
  #generation(
    number: number,
    { handlerUrl, workerData, kindOptions }: WorkerSpec<KindOptions>,
  ): Generation {
    return {
      number,
      spawn: (boot, events) => this.#kind.spawn(boot, events, kindOptions),
      boot: (workerId) => ({
        workerId,
        handlerUrl,
        maxConnections: this.options.maxConnectionsPerWorker,
        acceptBurst: this.options.acceptBurst,
        workerData,
        accepting: this.addresses.workersAccept && !this.acceptController.closed,
        paused: this.acceptController.paused,
        parks: this.addresses.all.every((address) => typeof address !== 'string'),
        addresses: this.addresses.all,
        admission: this.admissionControl.boot,
        maxQueuedBytes: this.options.channels.maxQueuedBytes,
        metrics: this.options.metrics,
      }),
    };
  }

  /** Opens a connection that this worker serves, whether or not it serves others. */
  async #connectTo(worker: ManagedWorker): Promise<Socket> {
    const { client, server } = await connectionPair(serverOptions(this.options.connection, true));
    this.dispatcher.handTo(worker, server);
    return client;
  }

  #onState(worker: ManagedWorker): void {
    this.dispatcher.workersChanged();
    if (worker.state === 'ready') {
      this.dispatcher.update();
      // It speaks up until it is told not to.
      worker.wantCapacity(this.dispatcher.full);
      this.election.update();
      this.reporter.tell('workerReady', workerInfo(worker));
    }
    if (worker.state === 'draining') this.dispatcher.update();
    if (worker.state === 'exited' && worker.exit !== undefined) {
      this.totals.add(worker);
      this.metering.departed(worker);
      if (this.acceptController.closed) this.totals.cutAtClose += worker.cutConnections;
      this.dispatcher.workerGone(worker);
      this.admissionControl.workerGone(worker);
      this.inspections.workerGone(worker);
      this.channels.workerGone(worker);
      this.election.workerGone(worker);
      // One that never was is told of by its slot.
      if (worker.shortage instanceof WorkerSpawnError) return;
      if (this.#isFailure(worker)) this.reporter.workerFailed(worker, worker.exit);
      this.reporter.tell('workerExit', workerInfo(worker), worker.exit, worker.lastError);
    }
  }

  /** Whether nobody else tells why a worker ended: not the caller of `listen()` or `restart()`. */
  #isFailure(worker: ManagedWorker): boolean {
    if (worker.lastError instanceof WorkerStuckError || worker.shortage !== undefined) return false;
    if (worker.exit?.expected === true) return worker.lastError !== undefined;
    return this.supervisor.slots.some((slot) => slot.replaces(worker));
  }

  async #onStuck(worker: ManagedWorker, blockedMs: number): Promise<void> {
    const stack = this.options.health.stack ? await this.#stackOf(worker) : undefined;
    // Its end has been told of by then.
    if (worker.state === 'exited') return;
    const error = new WorkerStuckError(worker.id, blockedMs, stack);
    this.reporter.workerStuck(error, worker);
    worker.killForCause(error);
    const stuck = { worker: workerInfo(worker), blockedMs, stack };
    this.metering.happened('workerStuck', stuck);
    this.reporter.tell('workerStuck', stuck);
  }

  async #stackOf(worker: ManagedWorker): Promise<string | undefined> {
    try {
      return await worker.takeStack(STACK_TIMEOUT_MS);
    } catch (error) {
      this.reporter.logger.debug(
        `Cannot take the stack of worker ${worker.id}: ${asError(error).message}`,
      );
      return undefined;
    }
  }
}
