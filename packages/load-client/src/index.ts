/**
 * Load client for TCP, HTTP and WebSocket servers: open and closed models, verified replies, latency histograms; a library and the command sockpool-load.
 *
 * @packageDocumentation
 */
export { ARRIVAL_PROCESSES, type ArrivalProcess } from './model/arrivals.ts';
export {
  compareResults,
  doubtsAbout,
  type ComparedFigure,
  type ComparedMetric,
  type ComparisonDoubts,
} from './result/compare-results.ts';
export {
  attemptsNote,
  ERROR_CLASSES,
  type ErrorClass,
  type ErrorCounts,
} from './measure/error-class.ts';
export type { ErrorReasonCounts } from './measure/error-reasons.ts';
export type { EventLoopLoad } from './measure/event-loop-monitor.ts';
export {
  FramingModuleError,
  type FramingDecoder,
  type FramingModule,
} from './threads/framing-module.ts';
export type { HttpRequestOptions } from './http/http-requests.ts';
export {
  countAbove,
  mergeLatency,
  type LatencyPercentiles,
  type LatencySummary,
} from './measure/latency-summary.ts';
export type { ReplyEvent } from './connection/reply-event.ts';
export { LOAD_DEFAULTS, type LoadOptions } from './options/load-options.ts';
export type { LoadProgress } from './threads/load-progress.ts';
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
} from './result/load-result.ts';
export { mergeResults, mergeRuns, type MergeOptions } from './result/merge-results.ts';
export {
  permutationTests,
  type PermutationOutcome,
  type Sample,
} from './result/permutation-test.ts';
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
export { PACINGS, type Pacing } from './model/pacer.ts';
export { parseResults, ResultFormatError } from './result/parse-result.ts';
export {
  THINK_DISTRIBUTIONS,
  longThinkMs,
  resolveThinkTime,
  type ThinkTime,
  type ThinkTimeOption,
} from './model/think-time.ts';
export type { RateStage } from './model/rate-schedule.ts';
export type { ReplyDifference } from './measure/recorder.ts';
export { formatCsv } from './report/csv.ts';
export { formatHdrLog } from './report/hdr-log.ts';
export { formatJunit } from './report/junit.ts';
export { formatTap } from './report/tap.ts';
export { formatHtmlReport } from './report/html-report.ts';
export type { ReportedRuns } from './report/repeated-runs.ts';
export { adviseOn, type AskedOptions, type FruitlessLoad } from './report/advice.ts';
export { describeDifference } from './report/difference-text.ts';
export { formatSummary } from './report/text-summary.ts';
export type {
  ResolvedSessionOptions,
  ResolvedSessionStep,
  SessionExtraction,
  SessionOptions,
  SessionStep,
} from './session/session-options.ts';
export type { SessionResult, SessionStepResult } from './session/session-result.ts';
export { runLoad, type LoadRun } from './run-load.ts';
export type { LoadTlsOptions } from './target/socket-opener.ts';
export { parseTargetUrl, type UrlOptions } from './options/target-url.ts';
export {
  resolveTargetAddress,
  type ResolvedTarget,
  type TargetAddress,
} from './target/target-address.ts';
export {
  checkSteps,
  checkThresholds,
  parseThresholds,
  type Threshold,
  type ThresholdOutcome,
} from './result/thresholds.ts';
export type { ConditionOutcome } from './result/condition-outcome.ts';
export { judgeRun, type JudgeOptions } from './result/verdict.ts';
export type { ResolvedWebSocketOptions, WebSocketOptions } from './websocket/websocket-options.ts';
export { EXPECTED_REPLIES, type ExpectedReply } from './messages/expected-reply.ts';
export { MESSAGE_ORDERS, NOTEBOOK_MESSAGES, type MessageOrder } from './messages/workload.ts';
