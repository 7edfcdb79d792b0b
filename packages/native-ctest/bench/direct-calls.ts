import { createRequire } from 'node:module';

import type { BackendName } from '@sockpool/typed-ffi';

import { resolveLibraryPath } from '../src/index.ts';
import { sentence, type Run } from './function-runs.ts';
import { direct } from './timed-run.ts';

const require = createRequire(import.meta.url);

/** The functions by koffi as its manual has it: no check of ours, structs by value. */
export function koffiRuns(): ReadonlyMap<string, Run> {
  const koffi = require('koffi') as typeof import('koffi');
  const complex = koffi.struct({ x: 'double', y: 'double' });
  const c = koffi.load(resolveLibraryPath());
  const add = c.func('add', complex, [complex, complex]);
  const inOut = koffi.inout(koffi.pointer(complex));
  const swap = c.func('swap', 'void', [inOut, inOut]);
  const sum = c.func('sum', 'double', ['void *', 'int']);
  const titlecase = c.func('titlecase', 'void', ['void *']);
  const tokenize = c.func('tokenize', 'int', ['char', 'str', 'void *']);
  const mult = c.func('mult', 'void', ['void *', 'void *', 'void *', 'int', 'int', 'int']);
  const sin = koffi.load('libm.so.6').func('sin', 'double', ['double']);

  const a = { x: 3.1, y: 4.2 };
  const b = { x: 1.9, y: 2.8 };
  const values = Float64Array.of(1, 2, 1, 6, 4, 2, 7, 3, 1, 5);
  const text = Buffer.from(`${sentence}\0`);
  const [ma, mb, mc] = [new Float64Array(200), new Float64Array(500), new Float64Array(200)];
  const space = ' '.charCodeAt(0);
  return new Map<string, Run>([
    ['add', () => add(a, b)],
    ['swap', () => swap(a, b)],
    ['sum', () => sum(values, 10)],
    ['titlecase', () => titlecase(text)],
    [
      'titlecase (a string)',
      () => {
        const bytes = Buffer.from(`${sentence}\0`);
        titlecase(bytes);
        return bytes.toString('utf8', 0, bytes.length - 1);
      },
    ],
    [
      'tokenize',
      () => {
        const rows = Buffer.alloc(400);
        const count = tokenize(space, sentence, rows) as number;
        return Array.from({ length: count }, (_, i) =>
          rows.toString('utf8', i * 20, rows.indexOf(0, i * 20)),
        );
      },
    ],
    ['mult', () => mult(ma, mb, mc, 2, 5, 2)],
    ['sin', () => sin(1)],
  ]);
}

/**
 * libc's div(), of which the first half of the result is taken, the quotient: a call
 * with two integers as each library does it without any check of ours.
 */
export function rawDivision(backend: BackendName): Run {
  switch (backend) {
    case 'ffi-rs': {
      const ffi = require('ffi-rs') as typeof import('ffi-rs');
      ffi.open({ library: 'bench', path: '' });
      const { div } = ffi.define({
        div: {
          library: 'bench',
          retType: ffi.DataType.I32,
          paramsType: [ffi.DataType.I32, ffi.DataType.I32],
        },
      });
      return direct(div as (values: number[]) => unknown, '[7, 3]');
    }
    case 'koffi': {
      const koffi = require('koffi') as typeof import('koffi');
      return direct(koffi.load(null).func('div', 'int', ['int', 'int']), '7, 3');
    }
    case 'node:ffi': {
      const ffi = process.getBuiltinModule('node:ffi');
      const program = new ffi.DynamicLibrary(null);
      const call = program.getFunction('div', { arguments: ['i32', 'i32'], return: 'i32' });
      return direct(call, '7, 3');
    }
  }
}
