import type { IncomingMessage, RequestOptions } from 'node:http';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ControlError } from './control-error.ts';
import type { ErrorAnswer } from './error-answer.ts';
import type { PoolEventName, ToldEvent } from './events/pool-events.ts';
import type {
  AboutAnswer,
  CloseAnswer,
  ConnectionsAnswer,
  HealthAnswer,
  MetricsAnswer,
  ResizeAnswer,
  RestartAnswer,
  RetireAnswer,
  StatsAnswer,
  StatusAnswer,
  UpgradeAnswer,
} from './answers.ts';

/** Where a control server listens, and how it is asked. */
export interface ControlClientOptions {
  /**
   * Path of its socket.
   * @default none; give this or `port`
   */
  readonly path?: string;
  /**
   * Port, in place of a socket.
   * @default none
   */
  readonly port?: number;
  /**
   * Address for `port`.
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /**
   * The server's token.
   * @default none
   */
  readonly token?: string;
  /**
   * Gives up whatever is asked.
   * @default none
   */
  readonly signal?: AbortSignal;
}

/** How workers are exchanged; what is not given is as the pool says. */
export interface ChangeRequest {
  /** Time for leaving workers to finish their connections, in milliseconds. */
  readonly graceMs?: number;
  /** How long new workers serve before those that they replace leave, in milliseconds. */
  readonly minReadyMs?: number;
  /** How many new workers boot at a time. */
  readonly parallelBoots?: number;
}

/** How all workers are exchanged. */
export interface RestartRequest extends ChangeRequest {
  /** Extra workers allowed. */
  readonly maxSurge?: number;
  /** Whether one worker goes first. */
  readonly canary?: boolean;
  /** For how long it serves before the others follow, in milliseconds. */
  readonly canaryMs?: number;
  /** Which one. */
  readonly canaryWorker?: number;
}

/** The server refused a request, or could not do what was asked. */
export class ControlRequestError extends ControlError {
  static {
    this.prototype.name = 'ControlRequestError';
  }

  /** The HTTP status. */
  readonly status: number;
  /** What the server tells: the pool's error with its code, its causes and the place in the program. */
  readonly details: ErrorAnswer;

  constructor(status: number, details: ErrorAnswer) {
    super('ERR_CONTROL_REFUSED', details.message);
    this.status = status;
    this.details = details;
  }
}

/** Asks the control server of a pool. Each request has a connection of its own. */
export class ControlClient {
  readonly #options: ControlClientOptions;

  /**
   * @param options where the server listens
   * @throws {TypeError} when neither a path nor a port is given, or both
   */
  constructor(options: ControlClientOptions) {
    if ((options.path === undefined) === (options.port === undefined)) {
      throw new TypeError(
        "Cannot create a control client: give path or port, such as { path: '/run/app.sock' }",
      );
    }
    this.#options = options;
  }

  /** Which program it is. */
  about(): Promise<AboutAnswer> {
    return this.#json('GET', '/v1');
  }

  /** Health and counters. */
  status(): Promise<StatusAnswer> {
    return this.#json('GET', '/v1/status');
  }

  /** The pool's `stats()`. */
  stats(): Promise<StatsAnswer> {
    return this.#json('GET', '/v1/stats');
  }

  /** The pool's `metrics()`. */
  metrics(): Promise<MetricsAnswer> {
    return this.#json('GET', '/v1/metrics');
  }

  /** The pool's `health()`. */
  health(): Promise<HealthAnswer> {
    return this.#json('GET', '/v1/health');
  }

  /** The open connections of every worker, `limit` of each at most. */
  connections(limit: number = 1_000): Promise<ConnectionsAnswer> {
    return this.#json('GET', `/v1/connections?limit=${limit}`);
  }

  /** Exchanges every worker, and resolves when the last old one is gone. */
  restart(request: RestartRequest = {}): Promise<RestartAnswer> {
    return this.#json('POST', '/v1/restart', request);
  }

  /** Replaces one worker. */
  restartWorker(
    workerId: number,
    request: Omit<ChangeRequest, 'parallelBoots'> = {},
  ): Promise<RetireAnswer> {
    return this.#json('POST', `/v1/workers/${workerId}/restart`, request);
  }

  /** Changes the number of workers. */
  resize(workers: number, request: ChangeRequest = {}): Promise<ResizeAnswer> {
    return this.#json('POST', '/v1/resize', { ...request, workers });
  }

  /** Stops accepting. */
  pause(): Promise<HealthAnswer> {
    return this.#json('POST', '/v1/pause');
  }

  /** Accepts again. */
  resume(): Promise<HealthAnswer> {
    return this.#json('POST', '/v1/resume');
  }

  /** Closes the pool; `now` cuts every connection. */
  stop(request: { readonly graceMs?: number; readonly now?: boolean } = {}): Promise<CloseAnswer> {
    return this.#json('POST', '/v1/stop', request);
  }

  /** Hands over to a new primary. */
  upgrade(
    request: { readonly graceMs?: number; readonly timeoutMs?: number } = {},
  ): Promise<UpgradeAnswer> {
    return this.#json('POST', '/v1/upgrade', request);
  }

  /** Takes the certificate anew. */
  async reloadTls(): Promise<void> {
    await this.#json('POST', '/v1/reload-tls');
  }

  /** What one worker does at this moment, one frame a line. */
  async stack(workerId: number, nativeId?: number): Promise<string> {
    const response = await this.#ask('GET', `/v1/workers/${workerId}/stack${query({ nativeId })}`);
    return textOf(response);
  }

  /** Profiles the CPU of one worker; the stream is a `.cpuprofile`. */
  profile(
    workerId: number,
    options: { readonly durationMs?: number; readonly nativeId?: number } = {},
  ): Promise<Readable> {
    return this.#ask('GET', `/v1/workers/${workerId}/profile${query(options)}`);
  }

  /** Takes the heap of one worker; the stream is a `.heapsnapshot`. */
  heap(workerId: number, options: { readonly nativeId?: number } = {}): Promise<Readable> {
    return this.#ask('GET', `/v1/workers/${workerId}/heap${query(options)}`);
  }

  /**
   * Follows the pool's events until it is closed. Leaving the loop ends it.
   *
   * @param only which ones; all of them by default
   */
  async *events(only: readonly PoolEventName[] = []): AsyncGenerator<ToldEvent, void> {
    const names = only.length === 0 ? {} : { only: only.join(',') };
    const response = await this.#ask('GET', `/v1/events${query({ format: 'ndjson', ...names })}`);
    try {
      for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
        if (line !== '') yield JSON.parse(line) as ToldEvent;
      }
    } finally {
      response.destroy();
    }
  }

  async #json<Result>(method: 'GET' | 'POST', path: string, body?: object): Promise<Result> {
    const response = await this.#ask(method, path, body);
    return JSON.parse(await textOf(response)) as Result;
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: object): Promise<IncomingMessage> {
    const { request } = await import('node:http');
    const { path: socketPath, port, host = '127.0.0.1', token, signal } = this.#options;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      path,
      agent: false,
      ...(socketPath === undefined ? { host, port: port ?? 0 } : { socketPath, host: 'localhost' }),
      ...(signal && { signal }),
      headers: {
        ...(text !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    request(options, resolve).on('error', reject).end(text);
    let response: IncomingMessage;
    try {
      response = await promise;
    } catch (error) {
      const where = socketPath ?? `${host}:${port}`;
      throw new ControlError(
        'ERR_CONTROL_UNREACHABLE',
        `Cannot reach the pool's control at ${where}: ${(error as Error).message}`,
        { cause: error },
      );
    }
    const { statusCode = 0 } = response;
    if (statusCode < 400) return response;
    throw new ControlRequestError(statusCode, refusalOf(await textOf(response), statusCode));
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const { text } = await import('node:stream/consumers');
  return text(response);
}

function refusalOf(text: string, status: number): ErrorAnswer {
  try {
    return (JSON.parse(text) as { error: ErrorAnswer }).error;
  } catch {
    return { name: 'Error', message: `status ${status}: ${text.slice(0, 200)}` };
  }
}

function query(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const text = String(new URLSearchParams(given as [string, string][]));
  return text === '' ? '' : `?${text}`;
}
