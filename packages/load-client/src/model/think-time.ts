import { inspect } from 'node:util';
import { MAX_TIMER_MS, requireBounds, requireKnown, requireNumber } from '../option-checks.ts';
import type { RandomSource } from '../random-source.ts';

/**
 * How long a client thinks before a request, drawn anew each time; all times are milliseconds.
 *
 * - `constant`: always the same.
 * - `uniform`: evenly between two bounds.
 * - `exponential`: at random times of a mean distance, as of independent events.
 * - `normal`: around a mean; what would be below 0 is 0.
 * - `lognormal`: half below the median and few much longer, as people do. `sigma` is the standard
 *   deviation of the logarithm: with 1, 1 of 100 is longer than 10 medians.
 */
export type ThinkTime =
  | { readonly distribution: 'constant'; readonly ms: number }
  | { readonly distribution: 'uniform'; readonly minMs: number; readonly maxMs: number }
  | { readonly distribution: 'exponential'; readonly meanMs: number }
  | { readonly distribution: 'normal'; readonly meanMs: number; readonly stdDevMs: number }
  | { readonly distribution: 'lognormal'; readonly medianMs: number; readonly sigma: number };

/** A think time as options take it: a {@link ThinkTime}, one time, or the bounds of an even distribution. */
export type ThinkTimeOption = number | readonly [minMs: number, maxMs: number] | ThinkTime;

const TIME = { min: 0, max: MAX_TIMER_MS };

/** The parameters of each distribution. */
const PARAMETERS: Readonly<Record<ThinkTime['distribution'], readonly string[]>> = {
  constant: ['ms'],
  uniform: ['minMs', 'maxMs'],
  exponential: ['meanMs'],
  normal: ['meanMs', 'stdDevMs'],
  lognormal: ['medianMs', 'sigma'],
};

/** The names of the distributions. */
export const THINK_DISTRIBUTIONS: readonly ThinkTime['distribution'][] = Object.freeze(
  Object.keys(PARAMETERS) as ThinkTime['distribution'][],
);

/** So many standard deviations 999 of 1,000 draws stay below. */
const NORMAL_999 = 3.09;

/**
 * Makes one form of all forms of a think time; null for none.
 *
 * @param name how errors call it
 * @throws {TypeError} when it is no think time
 * @throws {RangeError} when a number is out of range
 */
export function resolveThinkTime(name: string, value: unknown): ThinkTime | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') {
    const ms = requireNumber(name, value, TIME);
    return ms === 0 ? null : { distribution: 'constant', ms };
  }
  if (Array.isArray(value)) {
    const [minMs, maxMs] = requireBounds(name, value, TIME);
    return maxMs === 0 ? null : { distribution: 'uniform', minMs, maxMs };
  }
  const given = value as Partial<Record<string, unknown>>;
  const distribution = THINK_DISTRIBUTIONS.find((each) => each === given.distribution);
  if (distribution === undefined) {
    throw new TypeError(
      `Option ${name} must be milliseconds, [min, max], or an object whose distribution is one of ` +
        `${THINK_DISTRIBUTIONS.map((each) => `'${each}'`).join(', ')}, got ${inspect(value)}`,
    );
  }
  requireKnown(name, value, ['distribution', ...PARAMETERS[distribution]]);
  const time = (key: string): number => requireNumber(`${name}.${key}`, given[key], TIME);
  switch (distribution) {
    case 'constant':
      return { distribution, ms: time('ms') };
    case 'uniform': {
      const [minMs, maxMs] = requireBounds(name, [given['minMs'], given['maxMs']], TIME);
      return { distribution, minMs, maxMs };
    }
    case 'exponential':
      return { distribution, meanMs: time('meanMs') };
    case 'normal':
      return { distribution, meanMs: time('meanMs'), stdDevMs: time('stdDevMs') };
    case 'lognormal': {
      const sigma = requireNumber(`${name}.sigma`, given['sigma'], { min: 0, max: 10 });
      return { distribution, medianMs: time('medianMs'), sigma };
    }
  }
}

/** Draws from the standard normal distribution (Box and Muller, 1958). */
function drawNormal(random: RandomSource): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Draws one think time, in milliseconds; never longer than a timer of Node can wait. */
export function drawThinkMs(think: ThinkTime, random: RandomSource): number {
  return Math.min(MAX_TIMER_MS, Math.max(0, draw(think, random)));
}

function draw(think: ThinkTime, random: RandomSource): number {
  switch (think.distribution) {
    case 'constant':
      return think.ms;
    case 'uniform':
      return think.minMs + random() * (think.maxMs - think.minMs);
    case 'exponential':
      return -Math.log(1 - random()) * think.meanMs;
    case 'normal':
      return think.meanMs + drawNormal(random) * think.stdDevMs;
    case 'lognormal':
      return think.medianMs * Math.exp(drawNormal(random) * think.sigma);
  }
}

/** Returns the think time that 999 of 1,000 draws do not exceed, in milliseconds. */
export function longThinkMs(think: ThinkTime): number {
  switch (think.distribution) {
    case 'constant':
      return think.ms;
    case 'uniform':
      return think.maxMs;
    case 'exponential':
      return Math.log(1000) * think.meanMs;
    case 'normal':
      return think.meanMs + NORMAL_999 * think.stdDevMs;
    case 'lognormal':
      return think.medianMs * Math.exp(NORMAL_999 * think.sigma);
  }
}
