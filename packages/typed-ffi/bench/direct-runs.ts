import { createRequire } from 'node:module';

import type { BackendName } from '../src/index.ts';
import { fixturePath, probePath } from '../test/fixtures/probe-library.ts';
import { given, type Run } from './kind-runs.ts';

const require = createRequire(import.meta.url);
const text = Buffer.from(`${given.text}\0`);

/** The same calls by a backend as its manual has them, without a check of ours. */
export function directRuns(backend: BackendName): ReadonlyMap<string, Run> {
  if (backend === 'koffi') return koffiRuns();
  return backend === 'node:ffi' ? nodeRuns() : ffiRsRuns();
}

function koffiRuns(): ReadonlyMap<string, Run> {
  const koffi = require('koffi') as typeof import('koffi');
  const [probe, kinds, libc] = [
    koffi.load(probePath()),
    koffi.load(fixturePath('kinds')),
    koffi.load(null),
  ];
  const pair = koffi.struct({ x: 'double', y: 'double' });
  const add = probe.func('add_two', 'int', ['int', 'int']);
  const length = probe.func('length_or_zero', 'size_t', ['str']);
  const greeting = probe.func('greeting', 'str', ['int']);
  const scale = kinds.func('scale', 'void', ['void *', 'size_t', 'double']);
  const strlen = libc.func('strlen', 'size_t', ['void *']);
  const peek = probe.func('probe_value', 'int', [koffi.pointer(pair)]);
  const bump = probe.func('probe_value', 'int', [koffi.inout(koffi.pointer(pair))]);
  const out = koffi.out('int *');
  const divide = probe.func('divide', 'int', ['int', 'int', out, out]);
  const sum = probe.func('pair_sum', 'double', [pair]);
  const make = probe.func('pair_of', pair, ['double', 'double']);
  const value = { x: 1, y: 2 };
  return new Map<string, Run>([
    ['two integers', () => add(7, 3)],
    ['text', () => length(given.text)],
    ['text result', () => greeting(1)],
    ['array and length', () => scale(given.values, 10, 1)],
    ['text buffer', () => strlen(text)],
    ['struct pointer, const', () => peek(value)],
    ['struct pointer', () => bump(value)],
    ['two outputs', () => divide(17, 5, [0], [0])],
    ['struct by value', () => sum(value)],
    ['struct result', () => make(1, 2)],
  ]);
}

function nodeRuns(): ReadonlyMap<string, Run> {
  const ffi = process.getBuiltinModule('node:ffi');
  const bind = (path: string | null, name: string, types: readonly string[], result: string) =>
    new ffi.DynamicLibrary(path).getFunction(name, {
      arguments: [...types] as never,
      return: result as never,
    }) as unknown as (...args: readonly unknown[]) => unknown;
  const add = bind(probePath(), 'add_two', ['i32', 'i32'], 'i32');
  const length = bind(probePath(), 'length_or_zero', ['string'], 'u64');
  const greeting = bind(probePath(), 'greeting', ['i32'], 'pointer');
  const scale = bind(fixturePath('kinds'), 'scale', ['pointer', 'u64', 'f64'], 'void');
  const strlen = bind(null, 'strlen', ['pointer'], 'u64');
  const peek = bind(probePath(), 'probe_value', ['pointer'], 'i32');
  const divide = bind(probePath(), 'divide', ['i32', 'i32', 'pointer', 'pointer'], 'i32');
  const pair = new Float64Array(2);
  const [quotient, remainder] = [new Int32Array(1), new Int32Array(1)];
  // Node 26.10 leaks 32 bytes in each call of a function whose only argument is a buffer, and
  // collects garbage ever more slowly: its address is passed.
  const at = (view: NodeJS.ArrayBufferView): bigint => ffi.getRawPointer(view);
  const store = (): bigint => {
    pair[0] = 1;
    pair[1] = 2;
    return at(pair);
  };
  return new Map<string, Run>([
    ['two integers', () => add(7, 3)],
    ['text', () => length(given.text)],
    ['text result', () => ffi.toString(greeting(1) as bigint)],
    ['array and length', () => scale(given.values, 10n, 1)],
    ['text buffer', () => strlen(at(text))],
    ['struct pointer, const', () => peek(store())],
    ['struct pointer', () => [peek(store()), { x: pair[0], y: pair[1] }]],
    ['two outputs', () => [divide(17, 5, quotient, remainder), quotient[0], remainder[0]]],
  ]);
}

function ffiRsRuns(): ReadonlyMap<string, Run> {
  const ffi = require('ffi-rs') as typeof import('ffi-rs');
  const { BigInt: Wide, Double, I32, StackStruct, String: Text, U8Array, Void } = ffi.DataType;
  const paths = { probe: probePath(), kinds: fixturePath('kinds'), libc: '' };
  for (const [key, path] of Object.entries(paths)) ffi.open({ library: `bench ${key}`, path });
  const bind =
    (key: keyof typeof paths, funcName: string, paramsType: readonly unknown[], retType: unknown) =>
    (...paramsValue: readonly unknown[]): unknown =>
      ffi.load({ library: `bench ${key}`, funcName, retType, paramsType, paramsValue } as never);
  const add = bind('probe', 'add_two', [I32, I32], I32);
  const length = bind('probe', 'length_or_zero', [Text], Wide);
  const greeting = bind('probe', 'greeting', [I32], Text);
  const scale = bind('kinds', 'scale', [U8Array, Wide, Double], Void);
  const strlen = bind('libc', 'strlen', [U8Array], Wide);
  const peek = bind('probe', 'probe_value', [{ x: Double, y: Double }], I32);
  const sum = bind(
    'probe',
    'pair_sum',
    [{ x: Double, y: Double, ffiTypeTag: StackStruct }],
    Double,
  );
  const divide = bind('probe', 'divide', [I32, I32, U8Array, U8Array], I32);
  const value = { x: 1, y: 2 };
  const [quotient, remainder] = [Buffer.alloc(4), Buffer.alloc(4)];
  return new Map<string, Run>([
    ['two integers', () => add(7, 3)],
    ['text', () => length(given.text)],
    ['text result', () => greeting(1)],
    ['array and length', () => scale(given.values, 10n, 1)],
    ['text buffer', () => strlen(text)],
    ['struct pointer, const', () => peek(value)],
    [
      'two outputs',
      () => [divide(17, 5, quotient, remainder), quotient.readInt32LE(), remainder.readInt32LE()],
    ],
    ['struct by value', () => sum(value)],
  ]);
}
