import type { ErrorRecord } from '../../errors/error-record.ts';
import type { ResolvedTlsOptions } from '../../options/listening/resolved-tls-options.ts';
import type { ConnectionList } from '../../protocol/inspection.ts';
import type { PrimaryMessage } from '../../protocol/messages.ts';
import { Requests } from '../../protocol/requests.ts';
import type { WorkerReport } from '../../protocol/worker-report.ts';

/** What became of a reload of TLS in one worker. */
export interface TlsReloaded {
  readonly error: ErrorRecord | undefined;
}

/**
 * What the primary asks of one worker. Each question resolves to undefined when no answer comes in
 * time, or the worker ends.
 */
export class WorkerQuestions {
  readonly reports: Requests<WorkerReport> = new Requests();
  readonly reloads: Requests<TlsReloaded> = new Requests();
  readonly lists: Requests<ConnectionList> = new Requests();
  readonly #send: (message: PrimaryMessage) => void;

  /** @param send sends a message to the worker */
  constructor(send: (message: PrimaryMessage) => void) {
    this.#send = send;
  }

  /** Asks for a fresh report. */
  report(timeoutMs: number): Promise<WorkerReport | undefined> {
    return this.reports.ask((requestId) => this.#send({ type: 'report', requestId }), timeoutMs);
  }

  /** Has it terminate TLS by other options. */
  reloadTls(tls: ResolvedTlsOptions, timeoutMs: number): Promise<TlsReloaded | undefined> {
    return this.reloads.ask(
      (requestId) => this.#send({ type: 'reloadTls', requestId, tls }),
      timeoutMs,
    );
  }

  /**
   * Asks for the connections that it has open.
   *
   * @param limit how many at most, the longest open first
   * @param timeoutMs the longest wait for its answer, in milliseconds
   */
  listConnections(limit: number, timeoutMs: number): Promise<ConnectionList | undefined> {
    return this.lists.ask(
      (requestId) => this.#send({ type: 'listConnections', requestId, limit }),
      timeoutMs,
    );
  }

  /** Nobody will answer any more. */
  giveUp(): void {
    for (const requests of [this.reports, this.reloads, this.lists]) requests.giveUp();
  }
}
