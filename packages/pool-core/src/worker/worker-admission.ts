import type { Socket } from 'node:net';
import { type ErrorRecord, toErrorRecord } from '../errors/error-record.ts';
import type { Departure } from '@sockpool/handler/hosting';
import type { ResolvedAdmissionOptions } from '../options/admission-options.ts';
import type { ResolvedTlsOptions } from '../options/listening/resolved-tls-options.ts';
import type { Admission, AdmissionEvents } from './admission.ts';

/** A worker's {@link Admission}, which is loaded and opened only where connections have to pass one. */
export class WorkerAdmission {
  readonly #opening: Promise<Admission | undefined>;
  #opened: Admission | undefined;

  /**
   * Begins to open it.
   *
   * @param options what connections have to pass, if anything
   * @param events the worker
   */
  constructor(options: ResolvedAdmissionOptions | undefined, events: AdmissionEvents) {
    this.#opening = this.#open(options, events);
    // Whoever waits for it hears of it.
    this.#opening.catch(() => undefined);
  }

  /** Waits until connections can pass. */
  async opened(): Promise<void> {
    await this.#opening;
  }

  /** See {@link Admission.admit}; without one every connection passes. */
  admit(connection: Socket): Socket | undefined | Promise<Socket | undefined> {
    return this.#opened === undefined ? connection : this.#opened.admit(connection);
  }

  /**
   * Terminates TLS by other options, also where it is still being opened.
   *
   * @returns why not, if it could not be
   */
  async reloadTls(tls: ResolvedTlsOptions): Promise<ErrorRecord | undefined> {
    try {
      (await this.#opening)?.reloadTls(tls);
      return undefined;
    } catch (error) {
      return toErrorRecord(error);
    }
  }

  /** Takes the primary's answer to a connection that asked for a permit. */
  answerPermit(requestId: number, key: string | undefined): void {
    this.#opened?.permits?.answer(requestId, key);
  }

  /** See {@link Admission.leave}. */
  leave(departure: Departure): void {
    this.#opened?.leave(departure);
  }

  /** See {@link Admission.flush}. */
  flush(): void {
    this.#opened?.flush();
  }

  async #open(
    options: ResolvedAdmissionOptions | undefined,
    events: AdmissionEvents,
  ): Promise<Admission | undefined> {
    if (options === undefined) return undefined;
    // Loaded only when it is needed: workers without it start faster.
    const { Admission: Opened } = await import('./admission.ts');
    this.#opened = await Opened.open(options, events);
    return this.#opened;
  }
}
