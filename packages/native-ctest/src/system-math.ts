import { f64, fn, i32, library, type BackendName } from '@sockpool/typed-ffi';

/** Where the system's math library is, on Linux (glibc and musl) and macOS. */
const MATH: readonly string[] = ['libm.so.6', 'libm.so', 'libc.so', 'libSystem.dylib'];

interface SystemMath {
  readonly sin: (x: number) => number;
  readonly sinAsInteger: (x: number) => number;
}

const opened = new Map<BackendName | undefined, SystemMath>();

function systemMath(backend?: BackendName): SystemMath {
  let math = opened.get(backend);
  if (math === undefined) {
    math = library(
      MATH,
      { sin: fn([f64], f64), sinAsInteger: fn([f64], i32, { symbol: 'sin' }) },
      { backend },
    );
    opened.set(backend, math);
  }
  return math;
}

/** Returns the sine as the system's math library computes it. */
export function sin(x: number, backend?: BackendName): number {
  return systemMath(backend).sin(x);
}

/**
 * Calls the same `sin` declared with an integer result, as Python's ctypes assumes
 * where nothing is said. The result is garbage: an integer register that `sin` does
 * not set. It is safe to look at and means nothing.
 */
export function sinWithWrongResult(x: number, backend?: BackendName): number {
  return systemMath(backend).sinAsInteger(x);
}
