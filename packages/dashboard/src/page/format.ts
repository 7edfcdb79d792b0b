import type { Hello } from '../wire.ts';

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTH = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const TIME = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** What stands where there is nothing to tell. */
export const NOTHING = '–';

/** Below the one no bucket of the pool tells latencies apart, and beyond the other neither. */
let known: Hello['about']['latencyMs'] = { finest: 0, coarsest: Infinity };

/** Says which latencies the pool can tell apart. */
export function knowLatencies(latencyMs: Hello['about']['latencyMs']): void {
  known = latencyMs;
}

/** Such as `12,345`. */
export function count(value: number): string {
  return WHOLE.format(value);
}

/** Such as `12.3K`, for axes. */
export function compact(value: number): string {
  return COMPACT.format(value);
}

/** A rate, with a digit after the point when it is small. */
export function rate(value: number): string {
  return value < 10 ? TENTH.format(value) : WHOLE.format(value);
}

/** Such as `0.4 ms`, `37 ms`, `2.5 s`. */
export function milliseconds(value: number | null): string {
  if (value === null) return NOTHING;
  if (value >= 1_000) return `${(value / 1_000).toFixed(value >= 10_000 ? 0 : 1)} s`;
  if (value >= 10) return `${Math.round(value)} ms`;
  return `${Number(value.toFixed(value < 1 ? 2 : 1))} ms`;
}

/** A quantile of a histogram: what is in its first or last bucket is only known to be there. */
export function quantileMs(value: number | null): string {
  if (value === null) return NOTHING;
  if (value <= known.finest) return `< ${known.finest} ms`;
  return value >= known.coarsest ? `> ${known.coarsest / 1_000} s` : milliseconds(value);
}

/** Such as `48.2 MB`, of 10^6 bytes. */
export function bytes(value: number | null): string {
  if (value === null) return NOTHING;
  if (value < 1e6) return `${Math.round(value / 1e3)} kB`;
  return value < 1e9
    ? `${(value / 1e6).toFixed(value < 1e8 ? 1 : 0)} MB`
    : `${(value / 1e9).toFixed(2)} GB`;
}

/** Such as `45 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

/** Such as `37 %`. */
export function share(value: number): string {
  return `${Math.round(value * 100)} %`;
}

/** Such as `14:03:59`. */
export function time(atMs: number): string {
  return TIME.format(atMs);
}

/** Words for a cause that is a name: `firstByteTimeout` and `queue-full` become words. */
export function words(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('-', ' ')
    .toLowerCase();
}

/** Such as `1 restart`, `2 restarts`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}
