import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { backendAvailability, BACKENDS } from '../src/index.ts';

const main = fileURLToPath(new URL('fixtures/libm-main.ts', import.meta.url));
const usable = BACKENDS.filter((backend) => backendAvailability(backend).available);

test(`libm's functions of floats and doubles give the same bits on ${usable.join(', ')}`, async () => {
  const outputs = await Promise.all(
    usable.map(async (backend) => {
      const options = { maxBuffer: 2 ** 24 };
      return (await promisify(execFile)(process.execPath, [main, backend], options)).stdout;
    }),
  );
  const [first = ''] = outputs;
  const lines = first.trim().split('\n');
  expect(lines.length).toBeGreaterThan(10_000);
  // What JavaScript knows without C.
  for (const known of [
    'sqrtf 2: 3ff6a09e60000000',
    'sqrt 2: 3ff6a09e667f3bcd',
    'sqrtf -1: NaN',
    'fabsf -Infinity: 7ff0000000000000',
    'ceilf -0: 8000000000000000',
    'logf 0: fff0000000000000',
  ]) {
    expect(lines).toContain(known);
  }
  for (const [i, output] of outputs.entries()) {
    const different = output
      .trim()
      .split('\n')
      .filter((line, at) => line !== lines[at]);
    expect({ backend: usable[i], different }).toEqual({ backend: usable[i], different: [] });
  }
});
