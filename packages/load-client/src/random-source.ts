/** Yields the next pseudo-random number, at least 0 and below 1. */
export type RandomSource = () => number;

/**
 * Creates a seeded pseudo-random number generator (sfc32).
 *
 * Two sources with the same seed yield the same numbers, on every machine. It is fast and well
 * spread, and not for cryptography.
 */
export function createRandomSource(seed: number): RandomSource {
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = (seed ^ 0xb7e15162) | 0;
  let counter = (Math.floor(seed / 0x100000000) ^ 1) | 0;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 0x100000000;
  };
  for (let round = 0; round < 15; round += 1) next();
  return next;
}
