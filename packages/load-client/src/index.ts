/**
 * Raw-TCP load client with open and closed models, verified replies and HDR latency histograms: a library and the sockpool-load CLI.
 *
 * @packageDocumentation
 */
export { ERROR_CLASSES, type ErrorClass, type ErrorCounts } from './error-class.ts';
export type { EventLoopLoad } from './event-loop-monitor.ts';
export type { LatencySummary } from './latency-summary.ts';
export type { ReplyEvent } from './load-connection.ts';
export type { LoadOptions } from './load-options.ts';
export {
  RESULT_FORMAT,
  type ClientHealth,
  type LoadModel,
  type LoadResult,
  type RequestCounts,
  type TimelineEntry,
} from './load-result.ts';
export type { ReplyDifference } from './recorder.ts';
export { runLoad } from './run-load.ts';
export { EXPECTED_REPLIES, type ExpectedReply } from './wire-format.ts';
export { NOTEBOOK_MESSAGES } from './workload.ts';
