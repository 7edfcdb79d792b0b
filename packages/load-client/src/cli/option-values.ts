import { onceOnly } from '@sockpool/option-checks';
import { type Command, InvalidArgumentError } from 'commander';
import type { ThinkTime } from '../model/think-time.ts';
import type { RateStage } from '../model/rate-schedule.ts';

const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6 };

/** Parses a number with a suffix for thousands or millions, or returns undefined. */
function parseSuffixed(text: string): number | undefined {
  const [, number, suffix = ''] = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  // Without the rounding 1.1k would be 1100.0000000000002.
  return Number((Number(number) * (FACTORS[suffix] ?? 1)).toPrecision(15));
}

/**
 * Parses a whole number, such as `30`, `10k` or `1M`.
 *
 * @throws {InvalidArgumentError} when the text is no such value
 */
export function parseCount(text: string): number {
  const count = parseSuffixed(text);
  if (count === undefined || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError("a whole number, such as '30' or '10k'");
  }
  return count;
}

/**
 * Parses how often something is done.
 *
 * @throws {InvalidArgumentError} when the text is no such value
 */
export function parseTimes(text: string): number {
  const times = parseSuffixed(text);
  if (times === undefined || !Number.isSafeInteger(times) || times < 1) {
    throw new InvalidArgumentError('a whole number, 1 or more');
  }
  return times;
}

/** Parses a number that may have a fraction, such as `0.5` or `1.5k`. */
function parseNumber(text: string): number {
  const number = parseSuffixed(text);
  if (number === undefined) {
    throw new InvalidArgumentError("a number, such as '1000', '0.5' or '10k'");
  }
  return number;
}

/** Parses a host; the brackets of an IPv6 address, as in URLs, are taken off. */
export function parseHost(text: string): string {
  return /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Parses a duration such as `500ms`, `10s`, `1.5m` or `2h` into milliseconds.
 *
 * @throws {InvalidArgumentError} when the text is no such value
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unitMs = UNIT_MS[match?.[2] ?? ''];
  if (match === null || unitMs === undefined) {
    throw new InvalidArgumentError("a duration with its unit, such as '500ms' or '10s'");
  }
  return Number(match[1]) * unitMs;
}

/**
 * Parses a range of milliseconds such as `0..3000`, or one number for both bounds.
 *
 * @throws {InvalidArgumentError} when the text is no such value
 */
export function parseRangeMs(text: string): readonly [number, number] {
  const match = /^(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError("milliseconds, such as '0..3000'");
  const min = Number(match[1]);
  return [min, match[2] === undefined ? min : Number(match[2])];
}

const THINK_FORMS =
  "'500ms', '0s..3s', 'exponential:1s', 'normal:1s,200ms' (mean, deviation) or 'lognormal:1s,0.5' (median, sigma)";

/**
 * Parses a think time such as `500ms`, `0s..3s`, `exponential:1s`, `normal:1s,200ms` or `lognormal:1s,0.5`.
 *
 * @throws {InvalidArgumentError} when the text is no such value
 */
export function parseThink(text: string): ThinkTime {
  const [, distribution, parameters = ''] = /^(?:([a-z]+):)?(.+)$/.exec(text) ?? [];
  const [first = '', second = ''] = parameters.split(',');
  try {
    switch (distribution) {
      case 'exponential':
        return { distribution, meanMs: parseDuration(parameters) };
      case 'normal':
        return { distribution, meanMs: parseDuration(first), stdDevMs: parseDuration(second) };
      case 'lognormal':
        return { distribution, medianMs: parseDuration(first), sigma: parseNumber(second) };
      case 'constant':
      case 'uniform':
      case undefined: {
        const [min = '', max] = parameters.split('..');
        return max === undefined
          ? { distribution: 'constant', ms: parseDuration(min) }
          : { distribution: 'uniform', minMs: parseDuration(min), maxMs: parseDuration(max) };
      }
      default:
        break;
    }
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
  }
  throw new InvalidArgumentError(`a think time, such as ${THINK_FORMS}`);
}

/**
 * Parses a time of the day's clock or of the calendar: `14:05`, `14:05:30` (the next one here), or ISO 8601.
 *
 * @throws {InvalidArgumentError} when the text is no such value
 */
export function parseStartAt(text: string, nowMs: number = Date.now()): number {
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  const [hours = 0, minutes = 0, seconds = 0] =
    clock?.slice(1).map((part) => Number(part ?? 0)) ?? [];
  if (clock !== null && hours < 24 && minutes < 60 && seconds < 60) {
    const date = new Date(nowMs);
    date.setHours(hours, minutes, seconds, 0);
    if (date.getTime() < nowMs) date.setDate(date.getDate() + 1);
    return date.getTime();
  }
  const timeMs = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(timeMs)) {
    throw new InvalidArgumentError("a time, such as '14:05', '14:05:30' or '2026-01-31T14:05:00Z'");
  }
  return timeMs;
}

/** Parses a rate such as `1000`, `1000/s` or `0.5`. */
export function parseRate(text: string): number {
  return parseNumber(text.replace(/\/s$/, ''));
}

/**
 * Parses a stage such as `10s:1000/s`, or `10s:0..1000/s` for a rate that rises evenly.
 *
 * @throws {InvalidArgumentError} when the text is no such value
 */
export function parseStage(text: string, previous: readonly RateStage[] = []): RateStage[] {
  const match = /^([^:]+):(\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?\/s$/.exec(text);
  if (match === null)
    throw new InvalidArgumentError("a stage, such as '10s:1000/s' or '10s:0..1000/s'");
  const rate = Number(match[2]);
  const toRate = match[3] === undefined ? rate : Number(match[3]);
  return [...previous, { durationMs: parseDuration(match[1] ?? ''), rate, toRate }];
}

/**
 * Parses a size or a range of sizes in bytes, such as `100` or `10..1000`.
 *
 * @throws {InvalidArgumentError} when the text is no such value
 */
export function parseSizes(text: string): readonly [number, number] {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError("bytes, such as '100' or '10..1000'");
  const min = Number(match[1]);
  return [min, match[2] === undefined ? min : Number(match[2])];
}

/** Adds a value to those given before. */
export function collect(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}

/** Adds conditions to those given before, by a comma. */
export function addConditions(text: string, previous?: string): string {
  return previous === undefined ? text : `${previous},${text}`;
}

/** What adds up when it is given more than once. */
const ADDS_UP: ReadonlySet<unknown> = new Set([collect, parseStage, addConditions]);

/** Refuses an option with a value that is given again, where the first value would be lost. */
export function refuseRepeats(command: Command): void {
  const take = onceOnly();
  for (const option of command.options) {
    if (option.isBoolean() || ADDS_UP.has(option.parseArg)) continue;
    command.on(`option:${option.name()}`, () => take(option.name()));
  }
}
