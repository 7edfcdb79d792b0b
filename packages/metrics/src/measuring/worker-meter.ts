import { isMainThread } from 'node:worker_threads';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import type { MetricFamily } from '../families/metric-family.ts';
import {
  CONNECTION_BOUNDARIES,
  DurationHistogram,
  exactSeconds,
} from '../families/duration-histogram.ts';
import { EventLoop } from './event-loop.ts';
import { collectExposed } from './exposed-metrics.ts';
import { GcPauses } from './gc-pauses.ts';
import { HttpRequests } from './http-requests.ts';
import type { WorkerMeasures } from './worker-measures.ts';

/** What the meter looks at of a connection, by its shape. */
export interface MeteredConnection {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** What a worker gives its meter. */
export interface WorkerMeterSettings {
  /** Whether HTTP requests are measured. */
  readonly http: boolean;
  /** The open connections. */
  readonly connections: () => Iterable<MeteredConnection>;
  /** Hears of a source of the program that fails, once each time that the failure is another one. */
  readonly onError: (error: unknown) => void;
}

/** Measures one worker. Nothing is sent: its owner takes what there is with a report of its own. */
export class WorkerMeter {
  readonly #settings: WorkerMeterSettings;
  readonly #requests: HttpRequests | undefined;
  readonly #eventLoop = new EventLoop();
  readonly #gc = new GcPauses();
  readonly #connectionDuration = new DurationHistogram(CONNECTION_BOUNDARIES);
  #bytesRead = 0;
  #bytesWritten = 0;
  #tlsHandshakes = 0;
  #families: readonly MetricFamily[] = [];
  #collecting: Promise<void> | undefined;
  #lastFailure: string | undefined;

  /** @param settings what it measures */
  constructor(settings: WorkerMeterSettings) {
    this.#settings = settings;
    this.#requests = settings.http ? new HttpRequests() : undefined;
  }

  /** Measures from now on. */
  start(): void {
    this.#requests?.start();
    this.#eventLoop.start();
    this.#gc.start();
  }

  /** Measures no more. Idempotent. */
  stop(): void {
    this.#requests?.stop();
    this.#eventLoop.stop();
    this.#gc.stop();
  }

  /**
   * A connection has ended.
   *
   * @param connection the connection
   * @param openForMs how long it was open
   */
  closed({ bytesRead, bytesWritten }: MeteredConnection, openForMs: number): void {
    this.#bytesRead += bytesRead;
    this.#bytesWritten += bytesWritten;
    this.#connectionDuration.observe(openForMs / 1_000);
  }

  /** A TLS handshake has been done. */
  handshaken(): void {
    this.#tlsHandshakes += 1;
  }

  /**
   * Reads what the program exposes; {@link read} has it when the promise resolves. Never rejects. One
   * that is still under way is not begun again.
   */
  collect(): Promise<void> {
    this.#collecting ??= this.#collect().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  /** What it has measured until now. */
  read(): WorkerMeasures {
    let bytesRead = this.#bytesRead;
    let bytesWritten = this.#bytesWritten;
    for (const connection of this.#settings.connections()) {
      bytesRead += connection.bytesRead;
      bytesWritten += connection.bytesWritten;
    }
    const { recentDelay, ...eventLoop } = this.#eventLoop.read();
    const { user, system } = isMainThread ? process.cpuUsage() : process.threadCpuUsage();
    return {
      bytesRead,
      bytesWritten,
      connectionDuration: this.#connectionDuration.read(),
      tlsHandshakes: this.#tlsHandshakes,
      requests: this.#requests?.read() ?? [],
      activeRequests: this.#requests?.active ?? 0,
      eventLoop,
      recentDelay,
      cpu: { userSeconds: exactSeconds(user / 1e6), systemSeconds: exactSeconds(system / 1e6) },
      gc: this.#gc.read(),
      memory: readMemory(),
      heapSpaces: readHeapSpaces(),
      families: this.#families,
    };
  }

  async #collect(): Promise<void> {
    let failure: string | undefined;
    this.#families = await collectExposed((error) => {
      failure = String(error);
      if (failure !== this.#lastFailure) this.#settings.onError(error);
    });
    this.#lastFailure = failure;
  }
}

function readMemory(): WorkerMeasures['memory'] {
  const { used_heap_size, heap_size_limit, external_memory } = getHeapStatistics();
  const memory = {
    heapUsedBytes: used_heap_size,
    heapLimitBytes: heap_size_limit,
    externalBytes: external_memory,
  };
  if (!isMainThread) return memory;
  try {
    return { ...memory, rssBytes: process.memoryUsage.rss() };
  } catch {
    // Node reads it from a file, for which there may be no descriptor.
    return memory;
  }
}

function readHeapSpaces(): WorkerMeasures['heapSpaces'] {
  return getHeapSpaceStatistics().map((space) => ({
    name: space.space_name,
    usedBytes: space.space_used_size,
    availableBytes: space.space_available_size,
    physicalBytes: space.physical_space_size,
    sizeBytes: space.space_size,
  }));
}
