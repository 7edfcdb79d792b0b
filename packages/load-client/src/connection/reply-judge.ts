import type { Socket } from 'node:net';
import type { PreparedRequest } from '../messages/workload.ts';
import type { ConnectionSettings } from './load-connection.ts';
import { excerpt } from './reply-excerpt.ts';

/** When a request that got a whole reply was due and sent, and its reply began, by `performance.now()`. */
export interface AnswerTimes {
  readonly dueMs: number;
  readonly sentMs: number;
  readonly firstByteMs: number;
}

/** Decides whether the replies of one connection are right, counts them and tells of them. */
export class ReplyJudge {
  readonly #index: number;
  readonly #settings: ConnectionSettings;
  readonly #socket: () => Socket | undefined;
  /** How many right replies came. */
  accepted = 0;

  constructor(index: number, settings: ConnectionSettings, socket: () => Socket | undefined) {
    this.#index = index;
    this.#settings = settings;
    this.#socket = socket;
  }

  /** Verifies one reply, and returns whether it is right. */
  judge(request: PreparedRequest, times: AnswerTimes, reply: Buffer, nowMs: number): boolean {
    const { dueMs, sentMs, firstByteMs } = times;
    const { format, recorder } = this.#settings;
    if (format.statusOf !== undefined) recorder.recordStatus(dueMs, format.statusOf(reply));
    const reason =
      request.fate === undefined
        ? format.verify(request.message, reply, request.expected)
        : request.fate.verify(reply);
    if (reason === null) this.accept(request, dueMs, sentMs, firstByteMs, reply, nowMs);
    else this.reject(request, dueMs, reply, reason, nowMs);
    return reason === null;
  }

  /** Counts a right reply. */
  accept(
    request: PreparedRequest,
    dueMs: number,
    sentMs: number,
    firstByteMs: number,
    reply: Buffer,
    nowMs: number,
  ): void {
    const { recorder, separateServiceTime, onReply } = this.#settings;
    this.accepted += 1;
    recorder.recordReply(dueMs, firstByteMs, nowMs);
    request.fate?.accepted(dueMs, nowMs);
    if (separateServiceTime) recorder.recordServiceTime(dueMs, sentMs, nowMs);
    if (onReply !== undefined) this.#tell(request, reply, true, nowMs - dueMs);
  }

  /** Counts a wrong reply, and keeps it as an example. */
  reject(
    request: PreparedRequest,
    dueMs: number,
    reply: Buffer,
    reason: string,
    nowMs: number,
  ): void {
    const { recorder } = this.#settings;
    recorder.recordFailure(dueMs, 'wrongReply', nowMs, reason);
    request.fate?.failed(dueMs, nowMs);
    recorder.recordDifference({
      errorClass: 'wrongReply',
      request: excerpt(request.message),
      expected: request.expected === null ? null : excerpt(request.expected),
      actual: excerpt(reply),
      reason,
    });
    this.#tell(request, reply, false, nowMs - dueMs);
  }

  #tell({ message }: PreparedRequest, reply: Buffer, right: boolean, latencyMs: number): void {
    const socket = this.#socket();
    this.#settings.onReply?.({
      connection: this.#index,
      localAddress: socket?.localAddress,
      localPort: socket?.localPort,
      request: message,
      reply,
      right,
      latencyMs,
    });
  }
}
