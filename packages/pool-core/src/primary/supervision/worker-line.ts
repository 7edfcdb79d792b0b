import { fromErrorRecord } from '../../errors/error-record.ts';
import { plainText } from '../../errors/plain-text.ts';
import type { ChannelMessage } from '../../protocol/channel-message.ts';
import type { InspectionPart } from '../../protocol/inspection.ts';
import type { PrimaryMessage, WorkerMessage } from '../../protocol/messages.ts';
import type { RefusalRecord } from '../../protocol/refused-connection.ts';
import { isWorkerMessage } from '../../protocol/worker-message-check.ts';
import type { LastWords } from './last-words.ts';
import type { ConnectionLedger } from './connection-ledger.ts';
import type { KeptMeasures } from './kept-measures.ts';
import type { WorkerHeartbeat } from './worker-heartbeat.ts';
import type { WorkerIntake } from './worker-intake.ts';
import type { WorkerQuestions } from './worker-questions.ts';
import {
  type WorkerInfo,
  workerInfo,
  type WorkerState,
} from '../../options/workers/worker-info.ts';

type MessageOf<Type extends WorkerMessage['type']> = WorkerMessage & { readonly type: Type };

/** What is known of a worker where its messages end, and how it is answered. */
export interface TellingWorker {
  readonly id: number;
  readonly nativeId: number;
  readonly generation: number;
  readonly state: WorkerState;
  send(message: PrimaryMessage): void;
}

/**
 * Who in the pool is told by workers, besides what is kept of each of them. What returns `false`
 * was told what is not so.
 */
export interface WorkerAudience<Worker extends TellingWorker> {
  readonly dispatcher: {
    accepted(connectionId: number): void;
    refused(connectionId: number): void;
    update(): void;
  };
  readonly admission: {
    refused(worker: Worker, refused: readonly RefusalRecord[]): void;
    takePermit(worker: Worker, address: string): string | undefined;
    releasePermit(worker: Worker, key: string): void;
  };
  readonly reporter: {
    handlerError(error: Error, worker: WorkerInfo, message: MessageOf<'handlerError'>): void;
    log(entry: MessageOf<'log'>, worker: Worker): void;
    slowBoot(worker: Worker, loaded: string, bootTimeoutMs: number): void;
  };
  readonly inspections: { receive(worker: Worker, message: InspectionPart): void };
  readonly channels: {
    opened(worker: Worker, name: string): boolean;
    closed(worker: Worker, name: string): boolean;
    receive(worker: Worker, message: ChannelMessage): boolean;
    taken(worker: Worker, bytes: number): boolean;
  };
  readonly election: {
    wanted(worker: Worker): boolean;
    released(worker: Worker): boolean;
    update(): void;
  };
  /** Looks at what workers report. */
  readonly recycler: { check(): void; asked(worker: Worker, request: string): void };
}

/** Where the messages of one worker end. */
export interface WorkerLineEnds<Worker extends TellingWorker> {
  readonly worker: Worker;
  /** The worker is ready. */
  readonly ready: () => void;
  readonly lastWords: LastWords;
  readonly heartbeat: WorkerHeartbeat;
  readonly intake: WorkerIntake;
  readonly connections: ConnectionLedger;
  readonly measured: KeptMeasures;
  readonly questions: WorkerQuestions;
  readonly audience: WorkerAudience<Worker>;
}

/** Brings each kind of message where it ends; false for one that speaks of what is not so. */
const ROUTES: {
  readonly [Type in WorkerMessage['type']]: <Worker extends TellingWorker>(
    ends: WorkerLineEnds<Worker>,
    message: MessageOf<Type>,
  ) => unknown;
} = {
  ready: ({ ready }) => ready(),
  bootFailed: ({ lastWords }, { error }) => lastWords.bootFailed(error),
  uncaughtError: ({ lastWords }, { error, fatal }) => lastWords.uncaught(error, fatal),
  heartbeat: ({ heartbeat }, { eventLoopUtilization }) => heartbeat.beat(eventLoopUtilization),
  activated: ({ intake, audience }) => {
    intake.activated();
    audience.election.update();
  },
  acceptingStopped: ({ connections, intake, audience }, { report }) => {
    connections.reported(report, intake.handed);
    intake.acceptingStopped(report);
    audience.dispatcher.update();
  },
  accepted: ({ connections, audience }, { connectionId }) =>
    connections.accepted(connectionId) && audience.dispatcher.accepted(connectionId),
  refused: ({ connections, audience }, { connectionId }) =>
    connections.refused(connectionId) && audience.dispatcher.refused(connectionId),
  closed: ({ connections, audience }, { connectionId }) =>
    connections.closed(connectionId) && audience.dispatcher.update(),
  report: ({ connections, measured, intake, questions, audience }, message) => {
    const { requestId, report, measures } = message;
    measured.told(measures);
    connections.reported(report, intake.handed);
    if (requestId !== undefined) questions.reports.answer(requestId, report);
    audience.recycler.check();
  },
  exiting: ({ connections, measured, intake }, { report, cutConnections, measures }) => {
    measured.exiting(measures);
    connections.reported(report, intake.handed);
    connections.exiting(cutConnections);
  },
  tlsReloaded: ({ questions }, { requestId, error }) =>
    questions.reloads.answer(requestId, { error }),
  connectionsRefused: ({ worker, audience }, { refused }) =>
    audience.admission.refused(worker, refused),
  takeAddressPermit: ({ worker, audience }, { requestId, address }) =>
    worker.send({
      type: 'addressPermit',
      requestId,
      key: audience.admission.takePermit(worker, address),
    }),
  releaseAddressPermit: ({ worker, audience }, { key }) =>
    audience.admission.releasePermit(worker, key),
  connections: ({ questions }, message) => questions.lists.answer(message.requestId, message),
  inspectionPart: ({ worker, audience }, message) => audience.inspections.receive(worker, message),
  channelOpened: ({ worker, audience }, { name }) => audience.channels.opened(worker, name),
  channelClosed: ({ worker, audience }, { name }) => audience.channels.closed(worker, name),
  channelMessage: ({ worker, audience }, message) => audience.channels.receive(worker, message),
  channelTaken: ({ worker, audience }, { bytes }) => audience.channels.taken(worker, bytes),
  replacementWanted: ({ worker, audience }, { reason }) => audience.recycler.asked(worker, reason),
  leadershipWanted: ({ worker, audience }) => audience.election.wanted(worker),
  leadershipReleased: ({ worker, audience }) => audience.election.released(worker),
  handlerError: ({ worker, audience }, message) =>
    audience.reporter.handlerError(fromErrorRecord(message.error), workerInfo(worker), message),
  log: ({ worker, audience }, message) => audience.reporter.log(message, worker),
};

/** Receives what one worker tells. */
export class WorkerLine<Worker extends TellingWorker> {
  readonly #ends: WorkerLineEnds<Worker>;
  #toldOfMalformed = false;

  /** @param ends where the messages end */
  constructor(ends: WorkerLineEnds<Worker>) {
    this.#ends = ends;
  }

  /**
   * Takes a message of the worker.
   *
   * @param message anything: the worker's program may use the same line
   */
  receive(message: unknown): void {
    if (!isWorkerMessage(message) || this.#route(message) === false) this.#onMalformed(message);
  }

  #route<Message extends WorkerMessage>(message: Message): unknown {
    // The table has for each type the route of its messages, which TypeScript cannot see through.
    const route = ROUTES[message.type] as (
      ends: WorkerLineEnds<Worker>,
      message: Message,
    ) => unknown;
    return route(this.#ends, message);
  }

  /** Its program may call `process.send()` or hold the port, and says so once in the log. */
  #onMalformed(message: unknown): void {
    if (this.#toldOfMalformed) return;
    this.#toldOfMalformed = true;
    const { audience, worker } = this.#ends;
    audience.reporter.log(
      {
        type: 'log',
        level: 'warn',
        message:
          'its program sends messages that are none of this pool, such as by process.send() in a ' +
          `handler; the primary ignores them: ${plainText(message, 500)}`,
        fields: undefined,
      },
      worker,
    );
  }
}
