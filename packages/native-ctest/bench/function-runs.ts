import { stringBuffer, type BackendName } from '@sockpool/typed-ffi';

import { openFunctions, openRaw, resolveLibraryPath, sin } from '../src/index.ts';

/** One call, with its arguments. */
export type Run = () => unknown;

/** The notebook's text. */
export const sentence = 'the advantages of script languages over OTHER languages';

/** Returns a call of each function on a backend, by the function's name. */
export function functionRuns(backend: BackendName): ReadonlyMap<string, Run> {
  const path = resolveLibraryPath();
  const c = openFunctions({ path, backend });
  const raw = openRaw({ path, backend });
  const a = { x: 3.1, y: 4.2 };
  const b = { x: 1.9, y: 2.8 };
  const values = Float64Array.of(1, 2, 1, 6, 4, 2, 7, 3, 1, 5);
  const text = stringBuffer(sentence);
  const [ma, mb, mc] = [new Float64Array(200), new Float64Array(500), new Float64Array(200)];
  const shape = { n: 2, r: 5, m: 2 };
  return new Map<string, Run>([
    ['add', () => c.add(a, b)],
    ['swap', () => c.swap(a, b)],
    ['sum', () => c.sum(values)],
    ['titlecase', () => raw.titlecase(text)],
    ['titlecase (a string)', () => c.titlecase(sentence)],
    ['tokenize', () => c.tokenize(sentence, ' ')],
    ['mult', () => c.multInto(mc, ma, mb, shape)],
    ['sin', () => sin(1, backend)],
  ]);
}
