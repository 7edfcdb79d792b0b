import type { Socket } from 'node:net';
import {
  type DepartureOrder,
  departureOf,
  type DepartureReason,
  PendingWork,
  programOf,
  WorkerContexts,
} from '@sockpool/handler/hosting';
import { bootErrorRecord } from './boot-error.ts';
import { ConnectionNews } from './reporting/connection-news.ts';
import { HandlerCalls } from './handler-calls.ts';
import { toErrorRecord } from '../errors/error-record.ts';
import type { PrimaryMessage, WorkerMessage } from '../protocol/messages.ts';
import { monotonicNowMs } from '../protocol/monotonic-clock.ts';
import { requireCount } from './reporting/message-count.ts';
import { OpenConnections } from './open-connections.ts';
import { Inspection } from './inspection.ts';
import type { WorkerListener, WorkerPort } from './worker-port.ts';
import type { WorkerBoot } from '../protocol/worker-handle.ts';
import { workerLogger } from './worker-logger.ts';
import { REST_LIMIT_MS } from '../protocol/intervals.ts';
import { WorkerCounters } from '../protocol/worker-report.ts';
import { WorkerAdmission } from './worker-admission.ts';
import { WorkerMetering } from './reporting/worker-metering.ts';
import { WorkerListening } from './worker-listening.ts';
import { WorkerProgram } from './worker-program.ts';
import { WorkerReports } from './reporting/worker-reports.ts';

/** What a worker runs with. */
export interface WorkerRuntimeSettings {
  readonly boot: WorkerBoot;
  readonly port: WorkerPort;
  /** The live counters; on shared memory where the primary reads them directly. */
  readonly counters?: WorkerCounters;
  /** Opens the worker's own listeners, for workers that accept by themselves. */
  readonly listen?: (runtime: WorkerRuntime) => Promise<readonly WorkerListener[]>;
  /**
   * Resolves when `listen` can no longer fail for want of something from outside. A worker on
   * standby waits for it before it is ready, so that whoever is ready is able to accept.
   */
  readonly listenable?: () => Promise<unknown>;
}

/**
 * Listeners for one event of a connection beyond which Node warns of a leak. An HTTP server, metrics,
 * protection and a drain have more than the usual ten.
 */
const MAX_LISTENERS = 30;

/** The worker's side of a pool: loads the handler, serves connections, obeys the primary. */
export class WorkerRuntime {
  readonly #boot: WorkerBoot;
  readonly #port: WorkerPort;
  readonly #counters: WorkerCounters;
  readonly #metering: WorkerMetering;
  readonly #reports: WorkerReports;
  readonly #admission: WorkerAdmission;
  readonly #listening: WorkerListening;
  readonly #contexts: WorkerContexts;
  readonly #calls: HandlerCalls;
  /** What handlers and `waitUntil()` have promised. */
  readonly #work = new PendingWork(
    (error) => this.#calls.fail(error, 'work'),
    () => this.#exitWhenEmpty(),
  );
  readonly #connections = new OpenConnections();
  /** One for all connections, which are its `this`. */
  readonly #onSocketClose: (this: Socket) => void;
  /** Keeps an error nobody else listens for, such as a reset, from ending the worker. */
  readonly #onSocketError = (): void => this.#counters.add('socketErrors', 1);
  readonly #program: WorkerProgram;
  readonly #news: ConnectionNews;
  readonly #inspection: Inspection;
  /** How many connections have come. */
  #came = 0;
  #ready = false;
  #draining = false;
  #restingFor: DepartureReason | undefined;
  #finished = false;
  #leavingSinceMs: number | undefined;

  constructor(settings: WorkerRuntimeSettings) {
    this.#boot = settings.boot;
    this.#port = settings.port;
    const onClose = (connection: Socket): void => this.#onClose(connection);
    this.#onSocketClose = function closed() {
      onClose(this);
    };
    this.#counters = settings.counters ?? new WorkerCounters();
    this.#news = new ConnectionNews(settings.boot);
    this.#metering = new WorkerMetering(settings.boot.metrics, {
      connections: () => this.#connections.sockets(),
      onError: (error) =>
        this.#contexts.worker.logger.warn(
          `Worker ${this.#boot.workerId} cannot read the metrics that its program exposes: ${String(error)}`,
        ),
    });
    this.#reports = new WorkerReports(this.#counters, this.#metering, {
      send: (message) => this.#tell(message),
      // What it says of refusals comes before the counters that know of them.
      flush: () => this.#admission.flush(),
    });
    this.#contexts = new WorkerContexts({
      workerId: settings.boot.workerId,
      workerData: settings.boot.workerData,
      loggerOf: (connectionId) => workerLogger((entry) => this.#tell(entry), connectionId),
      countMessages: (count: number = 1) => this.#counters.add('messages', requireCount(count)),
      waitUntil: (work) => this.#work.add(work),
      requestReplacement: (reason) => this.#tell({ type: 'replacementWanted', reason }),
    });
    this.#admission = new WorkerAdmission(settings.boot.admission, {
      refused: (...refusal) => {
        this.#counters.add('refusedConnections', 1);
        this.#news.refused(...refusal);
      },
      handshaken: () => this.#metering.handshaken(),
      socketError: () => this.#counters.add('socketErrors', 1),
      send: (message) => this.#tell(message),
    });
    this.#calls = new HandlerCalls({
      admission: this.#admission,
      contexts: this.#contexts,
      work: this.#work,
      onFailure: (error, late, advice, connectionId) => {
        this.#counters.add('handlerErrors', 1);
        this.#port.send({
          type: 'handlerError',
          error,
          ...(advice !== undefined && { advice }),
          ...(late !== undefined && { late }),
          ...(connectionId !== undefined && { connectionId }),
        });
      },
    });
    this.#program = new WorkerProgram(settings.boot, this.#contexts.worker, {
      send: (message) => this.#tell(message),
      keepAlive: (keeps) => this.#port.keepAlive?.(keeps),
    });
    this.#inspection = new Inspection({
      connections: () => ({
        connections: this.#connections,
        leavingSinceMs: this.#leavingSinceMs,
        activityOf: this.#calls.handler?.activities?.(),
      }),
      send: (message) => this.#tell(message),
    });
    const { listen, listenable } = settings;
    this.#listening = new WorkerListening({
      boot: settings.boot,
      listen: listen && (() => listen(this)),
      listenable,
      openConnections: () => this.#connections.size,
      leaving: this.signal,
    });
  }

  /** Fires when the worker is told to leave. */
  get signal(): AbortSignal {
    return this.#contexts.worker.signal;
  }

  /** Loads the handler module, starts to accept if it is to, and reports ready, or the failure. */
  async start(): Promise<void> {
    this.#reports.start();
    try {
      await this.#admission.opened();
      await this.#metering.start();
      const handler = await this.#program.load();
      this.#calls.handler = handler;
      handler.start?.(this.#contexts.worker);
      await this.#program.start();
      await this.#listening.prepare();
    } catch (error) {
      this.#end(
        {
          type: 'bootFailed',
          error: await bootErrorRecord(error, programOf(this.#boot.handlerUrl)),
        },
        1,
      );
      return;
    }
    if (this.#finished) return;
    this.#ready = true;
    // However long the module has kept the event loop busy.
    this.#reports.beat();
    this.#port.send({ type: 'ready' });
    this.#listening.update();
  }

  /** Obeys a message of the primary; `connection` comes with the socket. */
  receive(message: PrimaryMessage, connection?: Socket): void {
    switch (message.type) {
      case 'connection':
        this.#take(message, connection);
        break;
      case 'activate':
        void this.#activate();
        break;
      case 'pause':
        this.#listening.setPaused(true);
        break;
      case 'resume':
        this.#listening.setPaused(false);
        break;
      case 'stopAccepting':
        this.#leave(message, true);
        this.#port.send({ type: 'acceptingStopped', report: this.#reports.take() });
        break;
      case 'drain':
        this.#draining = true;
        this.#leave(message, false);
        this.#exitWhenEmpty();
        break;
      case 'terminate':
        this.terminate();
        break;
      case 'report':
        this.#port.send({
          type: 'report',
          requestId: message.requestId,
          report: this.#reports.take(),
        });
        break;
      case 'addressPermit':
        this.#admission.answerPermit(message.requestId, message.key);
        break;
      case 'channelMessage':
      case 'channelTaken':
      case 'lead':
        this.#program.receive(message);
        break;
      case 'reloadTls':
        void this.#reloadTls(message);
        break;
      default:
        void this.#inspection.obey(message);
    }
  }

  /**
   * Serves one connection until it has closed.
   *
   * @param connection the connection
   * @param addressIndex which of the pool's addresses it came to, from 0
   * @param handoffId the id of its handoff, if it came by one
   */
  serve(connection: Socket, addressIndex: number, handoffId?: number): void {
    this.#came += 1;
    const connectionId = this.#came;
    const openedAtMs = this.#reports.connectionCame();
    const note = { connection, connectionId, handoffId, addressIndex, openedAtMs, slot: -1 };
    this.#connections.add(note);
    this.#counters.add('activeConnections', 1);
    this.#counters.add('totalConnections', 1);
    connection.setMaxListeners(MAX_LISTENERS);
    connection.on('close', this.#onSocketClose).on('error', this.#onSocketError);
    this.#listening.update();
    this.#reports.changed();
    this.#news.opened(connection, note);
    this.#calls.call(connection, note);
  }

  /** Counts an accept that failed. */
  acceptError(error: Error): void {
    this.#counters.add('acceptErrors', 1);
    this.#contexts.worker.logger.warn(
      `Worker ${this.#boot.workerId} cannot accept: ${error.message}`,
    );
    this.#reports.changed();
  }

  /** Cuts every connection and ends the worker. */
  terminate(): void {
    if (this.#contexts.worker.departure === undefined) {
      this.#leave({ reason: 'close', graceMs: 0 }, false);
    }
    const cutConnections = this.#connections.size;
    if (cutConnections === 0 && this.#work.count > 0 && !this.#finished) {
      this.#contexts.worker.logger.warn(
        `Worker ${this.#boot.workerId} ends with ${this.#work.count} pending promises of its handlers or of waitUntil(): the grace period is over`,
      );
    }
    for (const connection of this.#connections.sockets()) connection.destroy();
    const end = (): void => this.#end(this.#lastReport(cutConnections), 0);
    const stopped = this.#program.stopNow();
    if (stopped === undefined) end();
    else void stopped.then(end);
  }

  /** Begins to accept. Until now nothing listened, so nothing that came is lost if it never does. */
  async #activate(): Promise<void> {
    try {
      await this.#listening.open();
    } catch (error) {
      this.#end({ type: 'bootFailed', error: toErrorRecord(error) }, 1);
      return;
    }
    if (this.#finished) return;
    this.#port.send({ type: 'activated' });
    this.#listening.update();
  }

  async #reloadTls(order: PrimaryMessage & { readonly type: 'reloadTls' }): Promise<void> {
    const { requestId, tls } = order;
    this.#tell({ type: 'tlsReloaded', requestId, error: await this.#admission.reloadTls(tls) });
  }

  #take(
    { connectionId, addressIndex }: PrimaryMessage & { readonly type: 'connection' },
    connection: Socket | undefined,
  ): void {
    if (connection === undefined) {
      // The client went away while its socket was on the way.
      this.#port.send({ type: 'accepted', connectionId });
      this.#port.send({ type: 'closed', connectionId });
      return;
    }
    if (this.#finished) {
      // Only this worker's copy goes; the primary dispatches its own to another worker.
      this.#port.send({ type: 'refused', connectionId });
      connection.destroy();
      return;
    }
    this.#port.send({ type: 'accepted', connectionId });
    this.serve(connection, addressIndex, connectionId);
  }

  #onClose(connection: Socket): void {
    const note = this.#connections.delete(connection);
    if (note !== undefined && (this.#boot.metrics !== undefined || this.#news.wanted)) {
      const openForMs = monotonicNowMs() - note.openedAtMs;
      this.#metering.closed(connection, openForMs);
      this.#news.closed(connection, note, openForMs);
    }
    this.#contexts.close(connection);
    this.#counters.add('activeConnections', -1);
    this.#port.left?.(note?.handoffId);
    // Workers that accept by themselves say nothing per connection: that keeps them fast.
    if (!this.#listening.isOpen || note?.handoffId !== undefined) {
      this.#port.send({ type: 'closed', connectionId: note?.handoffId });
    }
    this.#listening.update();
    this.#reports.changed();
    this.#exitWhenEmpty();
  }

  /** Accepts nothing more and tells the handlers that the worker is going away, and how. */
  #leave(order: DepartureOrder, expectsConnections: boolean): void {
    this.#listening.close();
    const departure = departureOf(order, expectsConnections);
    this.#leavingSinceMs ??= monotonicNowMs();
    this.#admission.leave(departure);
    this.#contexts.leave(departure);
  }

  /** Whether nothing is left to do but what nobody has told of. */
  get #empty(): boolean {
    return this.#draining && this.#connections.size === 0 && this.#work.count === 0;
  }

  #exitWhenEmpty(): void {
    if (!this.#draining) return;
    const reason = this.#contexts.worker.departure?.reason ?? 'close';
    // A close that comes during a restart waits for less.
    if (this.#empty && this.#restingFor !== reason && !this.#finished) void this.#exit(reason);
  }

  async #exit(reason: DepartureReason): Promise<void> {
    this.#restingFor = reason;
    // One that is told to go while it starts has done nothing yet.
    if (this.#ready) await this.#port.rested?.(REST_LIMIT_MS[reason]);
    this.#restingFor = undefined;
    // A connection may have come meanwhile that had waited for a worker.
    if (this.#empty) await this.#program.stop();
    if (this.#empty) await this.#metering.settle();
    if (this.#empty) this.#end(this.#lastReport(0), 0);
  }

  #lastReport(cutConnections: number): WorkerMessage {
    const report = this.#reports.take();
    return { type: 'exiting', report, cutConnections, ...this.#reports.measured() };
  }

  #tell(message: WorkerMessage): void {
    if (!this.#finished) this.#port.send(message);
  }

  #end(message: WorkerMessage, code: number): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#reports.stop();
    this.#metering.stop();
    this.#port.finish(message, code);
  }
}
