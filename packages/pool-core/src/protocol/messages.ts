import type { LogLevel } from '@sockpool/handler';
import type { WorkerMeasures } from '@sockpool/metrics/measuring';
import type { ErrorRecord } from '../errors/error-record.ts';
import type { DepartureOrder } from '@sockpool/handler/hosting';
import type { ChannelMessage, ChannelTaken } from './channel-message.ts';
import type { InspectionMessage, InspectionOrder } from './inspection.ts';
import type { RefusalRecord } from './refused-connection.ts';
import type { ResolvedTlsOptions } from '../options/listening/resolved-tls-options.ts';
import type { WorkerReport } from './worker-report.ts';

/** What the primary tells a worker. `connection` comes with the socket itself. */
export type PrimaryMessage =
  | InspectionOrder
  | ChannelMessage
  | ChannelTaken
  /** The worker leads: its tasks for a leader may run, until it answers `leadershipReleased`. */
  | { readonly type: 'lead' }
  | {
      readonly type: 'connection';
      readonly connectionId: number;
      /** Which of the pool's addresses it came to, from 0. */
      readonly addressIndex: number;
    }
  /** For a worker on standby: begin to accept, answer `activated`. */
  | { readonly type: 'activate' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** Accept nothing more by yourself, fire the handlers' signal, answer `acceptingStopped`. */
  | ({ readonly type: 'stopAccepting' } & DepartureOrder)
  /** As `stopAccepting`, and exit after the last connection and the work that outlives it. */
  | ({ readonly type: 'drain' } & DepartureOrder)
  /** Cut every connection and exit. */
  | { readonly type: 'terminate' }
  | { readonly type: 'report'; readonly requestId: number }
  /** Answers `takeAddressPermit`: with what to give the permit back; undefined when there is none. */
  | {
      readonly type: 'addressPermit';
      readonly requestId: number;
      readonly key: string | undefined;
    }
  /** Terminate TLS like this from now on, answer `tlsReloaded`. */
  | { readonly type: 'reloadTls'; readonly requestId: number; readonly tls: ResolvedTlsOptions };

/** What a worker says about the permits of client addresses, see `maxConnectionsPerAddress`. */
export type AddressPermitMessage =
  | { readonly type: 'takeAddressPermit'; readonly requestId: number; readonly address: string }
  | { readonly type: 'releaseAddressPermit'; readonly key: string };

/** What the admission of a worker tells the primary. */
export type AdmissionMessage =
  | AddressPermitMessage
  /** Sent throttled. */
  | { readonly type: 'connectionsRefused'; readonly refused: readonly RefusalRecord[] }
  /** New connections get the new certificate, unless there was an error. */
  | {
      readonly type: 'tlsReloaded';
      readonly requestId: number;
      readonly error: ErrorRecord | undefined;
    };

/** What a worker tells of what its program says to the rest of the pool. */
export type MessagingMessage =
  | ChannelMessage
  | ChannelTaken
  /** From now on the worker wants the messages of that channel. */
  | { readonly type: 'channelOpened'; readonly name: string }
  | { readonly type: 'channelClosed'; readonly name: string }
  /** The worker has tasks for a leader; answered by `lead` some time. */
  | { readonly type: 'leadershipWanted' }
  | { readonly type: 'leadershipReleased' };

/** What comes with a report, with the option `metrics`: about once a second, and with the last one. */
export interface Measured {
  readonly measures?: WorkerMeasures;
}

/** What a worker tells the primary. */
export type WorkerMessage =
  | AdmissionMessage
  | MessagingMessage
  | InspectionMessage
  | { readonly type: 'ready' }
  | { readonly type: 'bootFailed'; readonly error: ErrorRecord }
  /** An error that nothing caught; `fatal` tells that the worker dies of it at once. */
  | { readonly type: 'uncaughtError'; readonly error: ErrorRecord; readonly fatal: boolean }
  | { readonly type: 'activated' }
  /** A handoff has arrived and is being served: the primary may let go of its copy. */
  | { readonly type: 'accepted'; readonly connectionId: number }
  /** A handoff came too late, the worker is exiting: dispatch it to another. */
  | { readonly type: 'refused'; readonly connectionId: number }
  /**
   * A connection has ended; the id is missing if the worker had accepted it by itself.
   * Not sent while the worker accepts by itself.
   */
  | { readonly type: 'closed'; readonly connectionId: number | undefined }
  | { readonly type: 'acceptingStopped'; readonly report: WorkerReport }
  /** Sent when asked for (with the `requestId`) and, throttled, when the counters moved. */
  | ({
      readonly type: 'report';
      readonly requestId?: number;
      readonly report: WorkerReport;
    } & Measured)
  /** `advice` says what to write instead, where that can be told. */
  | {
      readonly type: 'handlerError';
      readonly error: ErrorRecord;
      readonly advice?: string;
      /** Why that cut no connection, if so: it had `ended`, or this was `work` given to `waitUntil()`. */
      readonly late?: 'ended' | 'work';
      /** The worker's connection that was served, if one was. */
      readonly connectionId?: number;
    }
  | {
      readonly type: 'log';
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>> | undefined;
      /** The fields that are errors; a clone of one would lose its name and its code. */
      readonly errors?: Readonly<Record<string, ErrorRecord>> | undefined;
      /** The worker's connection that it is about, if about one. */
      readonly connectionId?: number;
    }
  /** Sent regularly: the event loop turns, and was so busy since the last one, from 0 to 1. */
  | { readonly type: 'heartbeat'; readonly eventLoopUtilization: number }
  /** The worker wants another one in its place, and serves until that does. */
  | { readonly type: 'replacementWanted'; readonly reason: string }
  /** The last message of a worker that exits by itself. */
  | ({
      readonly type: 'exiting';
      readonly report: WorkerReport;
      readonly cutConnections: number;
    } & Measured);
