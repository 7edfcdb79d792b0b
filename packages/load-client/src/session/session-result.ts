import type { CountsSnapshot } from '../measure/latency-counts.ts';
import { LatencyCounts } from '../measure/latency-counts.ts';
import { mergeLatency, summarizeLatency, type LatencySummary } from '../measure/latency-summary.ts';
import type { SessionSnapshot } from './session-recorder.ts';

/** What became of the requests of one step. */
export interface SessionStepResult {
  /** What the step is called. */
  readonly name: string;
  /** Right replies. */
  readonly right: number;
  /** Requests that failed; the session ends with it. */
  readonly failed: number;
  /** Requests without a reply when the run ended. */
  readonly unanswered: number;
  /** From the sending to the whole reply; right replies only. */
  readonly latency: LatencySummary;
}

/** How the sessions of a run ended. */
export interface SessionResult {
  /** Every step had its right reply. */
  readonly completed: number;
  /** A step failed. */
  readonly failed: number;
  /** Without HTTP: the connection ended between two steps, and the session with it. */
  readonly cut: number;
  /** The run ended before the session. */
  readonly unfinished: number;
  /** From the first request of a session to the last reply, think times included; completed ones only. */
  readonly duration: LatencySummary;
  /** Each step, in order. */
  readonly steps: readonly SessionStepResult[];
}

function added(snapshots: readonly CountsSnapshot[]): LatencySummary {
  const counts = new LatencyCounts();
  for (const snapshot of snapshots) counts.add(snapshot);
  return summarizeLatency(counts.snapshot());
}

const sum = <T>(items: readonly T[], pick: (item: T) => number): number =>
  items.reduce((total, item) => total + pick(item), 0);

function build<
  T extends Omit<SessionSnapshot, 'duration' | 'steps'>,
  S extends { right: number; failed: number; unanswered: number },
>(
  names: readonly string[],
  parts: readonly T[],
  stepsOf: (part: T) => readonly S[],
  duration: LatencySummary,
  latencyOf: (steps: readonly S[]) => LatencySummary,
): SessionResult {
  return {
    completed: sum(parts, (part) => part.completed),
    failed: sum(parts, (part) => part.failed),
    cut: sum(parts, (part) => part.cut),
    unfinished: sum(parts, (part) => part.unfinished),
    duration,
    steps: names.map((name, index) => {
      const steps = parts.flatMap((part) => stepsOf(part)[index] ?? []);
      return {
        name,
        right: sum(steps, ({ right }) => right),
        failed: sum(steps, ({ failed }) => failed),
        unanswered: sum(steps, ({ unanswered }) => unanswered),
        latency: latencyOf(steps),
      };
    }),
  };
}

/** Adds up what the load threads counted; null when there were no sessions. */
export function buildSessionResult(
  names: readonly string[] | null,
  snapshots: readonly (SessionSnapshot | null)[],
): SessionResult | null {
  if (names === null) return null;
  const given = snapshots.filter((snapshot) => snapshot !== null);
  return build(
    names,
    given,
    ({ steps }) => steps,
    added(given.map(({ duration }) => duration)),
    (steps) => added(steps.map(({ latency }) => latency)),
  );
}

/** Adds up the sessions of several machines, which do the same steps; null when there were none. */
export function mergeSessions(
  results: readonly (SessionResult | null | undefined)[],
): SessionResult | null {
  const given = results.filter((result) => result !== null && result !== undefined);
  const [first] = given;
  if (first === undefined) return null;
  return build(
    first.steps.map(({ name }) => name),
    given,
    ({ steps }) => steps,
    mergeLatency(given.map(({ duration }) => duration)),
    (steps) => mergeLatency(steps.map(({ latency }) => latency)),
  );
}
