import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { readSchedulerFigures, type SchedulerFigures } from './scheduler-wait.ts';

/** How busy the event loop of one load thread was during the measured time. */
export interface EventLoopLoad {
  /** The share of the time in which the loop worked, 0 to 1; waiting actively for a due time is not counted as work. */
  readonly utilization: number;
  /** The median time by which the loop was late, in milliseconds. */
  readonly delayP50Ms: number;
  /** The 99th percentile of the time by which the loop was late, in milliseconds. */
  readonly delayP99Ms: number;
  /** The longest time by which the loop was late, in milliseconds. */
  readonly delayMaxMs: number;
  /** The share of the time in which the thread was ready to run and had no processor, 0 to 1; null where the system doesn't say. */
  readonly cpuWaitShare: number | null;
  /** How long it waited each time that it got a processor, on average, in milliseconds; null where the system doesn't say. */
  readonly cpuWaitMeanMs: number | null;
  /** The share of the time in which some thread of the machine waited for a processor, 0 to 1; null where the system doesn't say. */
  readonly cpuPressure: number | null;
}

const RESOLUTION_MS = 10;

function latenessMs(intervalNs: number): number {
  return Math.max(0, intervalNs / 1e6 - RESOLUTION_MS);
}

/** Measures the event loop of the thread that it runs in. */
export class EventLoopMonitor {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #begin = performance.eventLoopUtilization();
  #spunMs = 0;
  #beginMs = 0;
  #scheduler: SchedulerFigures | undefined;

  /** Starts to measure; what was measured before is forgotten. */
  start(): void {
    this.#delay.enable();
    this.#delay.reset();
    this.#begin = performance.eventLoopUtilization();
    this.#spunMs = 0;
    this.#beginMs = performance.now();
    this.#scheduler = readSchedulerFigures();
  }

  /** Takes note of time that passed in active waiting, in milliseconds. */
  addSpun(spunMs: number): void {
    this.#spunMs += spunMs;
  }

  /** Stops to measure and returns what was measured since the start. */
  stop(): EventLoopLoad {
    const { idle, active } = performance.eventLoopUtilization(this.#begin);
    const count = this.#delay.count > 0;
    const load = {
      utilization: idle + active === 0 ? 0 : Math.max(0, active - this.#spunMs) / (idle + active),
      delayP50Ms: count ? latenessMs(this.#delay.percentile(50)) : 0,
      delayP99Ms: count ? latenessMs(this.#delay.percentile(99)) : 0,
      delayMaxMs: count ? latenessMs(this.#delay.max) : 0,
      ...this.#waits(),
    };
    this.#delay.disable();
    return load;
  }

  #waits(): Pick<EventLoopLoad, 'cpuWaitShare' | 'cpuWaitMeanMs' | 'cpuPressure'> {
    const [begin, end] = [this.#scheduler, readSchedulerFigures()];
    const elapsedMs = performance.now() - this.#beginMs;
    if (begin === undefined || end === undefined || elapsedMs <= 0) {
      return { cpuWaitShare: null, cpuWaitMeanMs: null, cpuPressure: null };
    }
    const waitedMs = end.waitedMs - begin.waitedMs;
    return {
      cpuWaitShare: Math.min(1, waitedMs / elapsedMs),
      cpuWaitMeanMs: waitedMs / Math.max(1, end.slices - begin.slices),
      cpuPressure:
        begin.pressureMs === null || end.pressureMs === null
          ? null
          : Math.min(1, (end.pressureMs - begin.pressureMs) / elapsedMs),
    };
  }
}
