import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { askClang, hasClang } from '../../scripts/clang-oracle.ts';
import { lostIn } from '../../scripts/oracle-comparison.ts';
import { analyzeHeader, generateBindings } from '../../src/generator/bindings/generate-bindings.ts';

const fixtures = fileURLToPath(new URL('../fixtures/headers/', import.meta.url));
const why = hasClang() ? '' : ' (skipped: there is no clang)';

describe.skipIf(why !== '')(`Beside clang${why}`, () => {
  const system = ['string.h', 'stdio.h', 'stdlib.h', 'time.h', 'pthread.h', 'zlib.h'];
  const headers = [
    ...readdirSync(fixtures)
      .filter((name) => name.endsWith('.h'))
      .map((name) => join(fixtures, name)),
    ...system.map((name) => `/usr/include/${name}`).filter((path) => existsSync(path)),
  ];

  test.each(headers)('nothing of %s is lost, and nothing is read as something else', (header) => {
    const options = { compiler: 'clang' };
    const { header: parsed, takes } = analyzeHeader(header, options);
    const oracle = askClang(header, options, takes);
    expect(oracle.functions.size).toBeGreaterThan(0);
    expect(lostIn(oracle, parsed, generateBindings(header, options))).toEqual([]);
  });
});
