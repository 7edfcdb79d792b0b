import { LOAD_SAMPLE_MS } from '../protocol/intervals.ts';

/**
 * Tells regularly how busy the event loop is, apart from reports, whose intervals vary.
 *
 * @param tell gets the share of time it was busy since the last time, from 0 to 1
 * @returns the timer, which does not keep the worker running
 */
export function sampleLoad(tell: (eventLoopUtilization: number) => void): NodeJS.Timeout {
  let last = performance.eventLoopUtilization();
  return setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    tell(utilization);
  }, LOAD_SAMPLE_MS).unref();
}
