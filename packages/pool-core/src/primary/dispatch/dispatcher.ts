import type { Socket } from 'node:net';
import type { ManagedWorker } from '../supervision/managed-worker.ts';
import type { ResolvedOverloadOptions, ShedReason } from '../../options/overload-options.ts';
import type { SchedulableWorker, Scheduler } from '../scheduling/scheduler.ts';
import { type WaitingConnection, ConnectionQueue } from './connection-queue.ts';
import { type CapacityLimits, FreeCapacity } from './free-capacity.ts';

/** What the dispatcher uses of a worker. */
export type DispatchableWorker = Pick<
  ManagedWorker,
  'state' | 'dispatchable' | 'handoff' | 'release' | 'canReclaim'
> &
  SchedulableWorker;

/** What a dispatcher works with. */
export interface DispatcherSettings extends CapacityLimits {
  /** How many connections may wait for capacity, and how long. */
  readonly overload: ResolvedOverloadOptions;
  readonly schedule: Scheduler;
  /** The workers that are there, by id; asked again only after {@link Dispatcher.workersChanged}. */
  readonly workers: () => readonly DispatchableWorker[];
  /** Whether a connection can be handed over now; asked for each one. */
  readonly canHandOff: () => boolean;
  /** Called when `full` has changed. */
  readonly onFull: () => void;
  /** Called for a connection that may wait no longer; it is the callee's. */
  readonly onShed: (connection: Socket, reason: ShedReason, waitedMs: number) => void;
  /** Called for each connection that a worker has got, where anybody wants to know how long it waited. */
  readonly onWaited?: ((waitedMs: number) => void) | undefined;
  /** Called for a connection that was lost with a worker before it was accepted there. */
  readonly onLost: (worker: DispatchableWorker) => void;
}

/** How long a connection waits that cannot be handed over for the moment, in milliseconds. */
const LOOK_AGAIN_MS = 50;

interface Handoff {
  readonly waiting: WaitingConnection;
  readonly worker: DispatchableWorker;
  /** Whether no other worker is to have it. */
  readonly only?: boolean;
}

/**
 * Hands accepted connections to workers with free capacity. Each handoff is
 * acknowledged; a connection whose worker died or refused it before that goes
 * to another worker, ahead of those that came later.
 */
export class Dispatcher {
  readonly #settings: DispatcherSettings;
  readonly #waiting: ConnectionQueue;
  readonly #underWay = new Map<number, Handoff>();
  readonly #capacity: FreeCapacity<DispatchableWorker>;
  /** Whether the scheduler is at work, which may be code of the user's. */
  #scheduling = false;
  /** Whether it looks again soon whether there is a descriptor. */
  #looksAgain = false;
  #nextConnectionId = 0;
  #full = false;
  #whenIdle: PromiseWithResolvers<void> | undefined;

  constructor(settings: DispatcherSettings) {
    this.#settings = settings;
    this.#capacity = new FreeCapacity(settings, () => settings.workers());
    this.#waiting = new ConnectionQueue(settings.overload, {
      shed: (connection, reason, waitedMs) => settings.onShed(connection, reason, waitedMs),
      due: () => this.update(),
    });
  }

  /** Connections that wait for free capacity. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether no worker has free capacity, or connections wait for it already. */
  get full(): boolean {
    return this.#full;
  }

  /** Whether another connection may come: a worker has free capacity, or it may wait in the queue. */
  get takesMore(): boolean {
    return !this.#full || this.#settings.overload.policy !== 'wait';
  }

  /**
   * Takes a paused connection and sees to it that a worker gets it, or that it is shed.
   *
   * @param connection the connection
   * @param addressIndex which of the pool's addresses it came to, from 0
   */
  dispatch(connection: Socket, addressIndex: number = 0): void {
    this.#waiting.add(connection, addressIndex);
    this.update();
  }

  /** Hands a connection to one worker, and to no other: it is destroyed if that does not take it. */
  handTo(worker: DispatchableWorker, connection: Socket): void {
    const connectionId = this.#nextConnectionId++;
    const waiting = { connection, addressIndex: 0, sinceMs: performance.now() };
    const result = worker.handoff(connectionId, connection, waiting.addressIndex);
    if (result === 'pending') this.#underWay.set(connectionId, { waiting, worker, only: true });
    if (result === 'gone') connection.destroy();
  }

  /** To be called when there are other workers than before, ahead of {@link update}. */
  workersChanged(): void {
    this.#capacity.workersChanged();
  }

  /** To be called when a worker became ready, closed a connection or went away. */
  update(): void {
    // What a scheduling function sets off waits until it has returned.
    if (this.#scheduling) return;
    while (this.#waiting.length > 0) {
      const free = this.#capacity.find();
      if (free.length === 0) break;
      const next = this.#waiting.take();
      if (next === undefined) break;
      const worker = this.#choose(free, next.connection);
      if (!this.#settings.canHandOff()) {
        this.#waiting.putBack(next);
        this.#lookAgain();
        break;
      }
      this.#handoff(worker, next);
    }
    this.#waiting.enforce();
    this.#reportFull();
    if (this.#waiting.length === 0 && this.#underWay.size === 0) {
      this.#whenIdle?.resolve();
      this.#whenIdle = undefined;
    }
  }

  /** A worker has taken a connection: lets go of the primary's copy. */
  accepted(connectionId: number): void {
    const handoff = this.#underWay.get(connectionId);
    if (handoff === undefined) return;
    this.#underWay.delete(connectionId);
    handoff.worker.release(handoff.waiting.connection);
    this.#waited(handoff.waiting);
    this.update();
  }

  /** A worker did not take a connection: another one gets it. */
  refused(connectionId: number): void {
    const handoff = this.#underWay.get(connectionId);
    if (handoff === undefined) return;
    this.#underWay.delete(connectionId);
    this.#takeBack([handoff]);
  }

  /** A worker is gone: what it had not accepted goes to others, where that is possible. */
  workerGone(worker: DispatchableWorker): void {
    const handoffs: Handoff[] = [];
    for (const [connectionId, handoff] of this.#underWay) {
      if (handoff.worker !== worker) continue;
      this.#underWay.delete(connectionId);
      handoffs.push(handoff);
    }
    this.#takeBack(handoffs);
  }

  /** Resolves when nothing waits and every handoff is acknowledged. */
  idle(): Promise<void> {
    if (this.#waiting.length === 0 && this.#underWay.size === 0) return Promise.resolve();
    this.#whenIdle ??= Promise.withResolvers();
    return this.#whenIdle.promise;
  }

  /** Destroys every connection that still waits, and returns how many there were. */
  cutWaiting(): number {
    const cut = this.#waiting.takeAll();
    for (const connection of cut) connection.destroy();
    this.update();
    return cut.length;
  }

  #lookAgain(): void {
    if (this.#looksAgain) return;
    this.#looksAgain = true;
    setTimeout(() => {
      this.#looksAgain = false;
      this.update();
    }, LOOK_AGAIN_MS);
  }

  #takeBack(handoffs: readonly Handoff[]): void {
    for (const { waiting, worker, only } of handoffs.toReversed()) {
      if (only === true) waiting.connection.destroy();
      else if (worker.canReclaim(waiting.connection)) this.#waiting.putBack(waiting);
      else this.#settings.onLost(worker);
    }
    this.update();
  }

  #handoff(worker: DispatchableWorker, waiting: WaitingConnection): void {
    const connectionId = this.#nextConnectionId++;
    const { connection, addressIndex } = waiting;
    const result = worker.handoff(connectionId, connection, addressIndex);
    if (result === 'pending') this.#underWay.set(connectionId, { waiting, worker });
    if (result === 'moved') this.#waited(waiting);
    // Its exit is about to be told; until then it is offered no more.
    if (result === 'gone') {
      this.#capacity.gone(worker);
      this.#waiting.putBack(waiting);
    }
  }

  #waited({ sinceMs }: WaitingConnection): void {
    this.#settings.onWaited?.(performance.now() - sinceMs);
  }

  #choose(free: readonly DispatchableWorker[], connection: Socket): DispatchableWorker {
    this.#scheduling = true;
    try {
      return this.#settings.schedule(free, connection);
    } finally {
      this.#scheduling = false;
    }
  }

  #reportFull(): void {
    const full = this.#waiting.length > 0 || this.#capacity.find().length === 0;
    if (full === this.#full) return;
    this.#full = full;
    this.#settings.onFull();
    // Workers are quiet about capacity that came free before they were told to speak up.
    if (full && this.#capacity.find().length > 0) this.update();
  }
}
