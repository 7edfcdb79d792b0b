/**
 * Raw-TCP load client with open and closed models, verified replies and HDR latency histograms: a library and the sockpool-load CLI.
 *
 * @packageDocumentation
 */
export { ARRIVAL_PROCESSES, type ArrivalProcess } from './arrivals.ts';
export {
  compareResults,
  doubtsAbout,
  type ComparedFigure,
  type ComparedMetric,
  type ComparisonDoubts,
} from './compare-results.ts';
export { ERROR_CLASSES, type ErrorClass, type ErrorCounts } from './error-class.ts';
export type { ErrorReasonCounts } from './error-reasons.ts';
export type { EventLoopLoad } from './event-loop-monitor.ts';
export { FramingModuleError, type FramingDecoder, type FramingModule } from './framing-module.ts';
export type { HttpRequestOptions } from './http/http-requests.ts';
export {
  countAbove,
  mergeLatency,
  type LatencyPercentiles,
  type LatencySummary,
} from './latency-summary.ts';
export type { ReplyEvent } from './reply-event.ts';
export { LOAD_DEFAULTS, type LoadOptions } from './load-options.ts';
export type { LoadProgress } from './load-progress.ts';
export {
  RESULT_FORMAT,
  errorsOf,
  type ClientHealth,
  type ConnectionCounts,
  type LoadModel,
  type LoadResult,
  type LoadSettings,
  type RequestCounts,
  type TimelineEntry,
} from './load-result.ts';
export { mergeResults, mergeRuns, type MergeOptions } from './merge-results.ts';
export { permutationTests, type PermutationOutcome, type Sample } from './permutation-test.ts';
export {
  NETWORK_DEFAULTS,
  type NetworkConditions,
  type ResolvedNetworkConditions,
} from './network/network-conditions.ts';
export {
  startNetworkProxy,
  type NetworkProxy,
  type NetworkProxyOptions,
  type NetworkProxyStats,
} from './network/network-proxy.ts';
export { PACINGS, type Pacing } from './pacer.ts';
export { parseResults, ResultFormatError } from './parse-result.ts';
export type { RateStage } from './rate-schedule.ts';
export type { ReplyDifference } from './recorder.ts';
export { formatCsv } from './report/csv.ts';
export { formatHdrLog } from './report/hdr-log.ts';
export { formatJunit } from './report/junit.ts';
export { formatTap } from './report/tap.ts';
export { formatHtmlReport } from './report/html-report.ts';
export type { ReportedRuns } from './report/repeated-runs.ts';
export { formatSummary } from './report/text-summary.ts';
export { runLoad, type LoadRun } from './run-load.ts';
export type { LoadTlsOptions } from './socket-opener.ts';
export { parseTargetUrl, type UrlOptions } from './target-url.ts';
export { resolveTargetAddress, type ResolvedTarget, type TargetAddress } from './target-address.ts';
export {
  checkThresholds,
  parseThresholds,
  type Threshold,
  type ThresholdOutcome,
} from './thresholds.ts';
export { judgeRun, type ConditionOutcome } from './verdict.ts';
export { EXPECTED_REPLIES, type ExpectedReply } from './wire-format.ts';
export { MESSAGE_ORDERS, NOTEBOOK_MESSAGES, type MessageOrder } from './workload.ts';
