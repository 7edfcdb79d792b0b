import {
  bitField,
  bool,
  char,
  charArray,
  f32,
  fixedArray,
  i8,
  matrix,
  nullable,
  u16,
  bytes,
  byref,
  callback,
  charBuffer,
  constant,
  constRef,
  cString,
  f64,
  f64Array,
  fn,
  functionPointer,
  i32,
  i64,
  library,
  named,
  nothing,
  opaque,
  out,
  ref,
  released,
  stringArray,
  stringBuffer,
  struct,
  union,
  usize,
  variable,
  type BackendName,
} from '../src/index.ts';
import { fixturePath, probePath } from '../test/fixtures/probe-library.ts';

/** One call, with its arguments. */
export type Run = () => unknown;

const Pair = struct({ x: f64, y: f64 }, 'struct pair');
const Either = union({ number: i32, real: f64 }, 'union either');
const Inner = struct({ small: i8, wide: i32 }, 'struct inner');
const Nested = struct(
  {
    head: u16,
    inner: Inner,
    values: fixedArray(f64, 3),
    name: charArray(8),
    flag: bool,
  },
  'struct nested',
);
const Flags = struct(
  { low: bitField('u32', 0, 3), middle: bitField('u32', 3, 7) },
  'struct flags',
  {
    layout: { sizeBytes: 8, alignmentBytes: 8, offsets: { low: 0, middle: 0 } },
  },
);
const Visit = functionPointer(fn([i32], i32));
const Route = struct({ name: cString, cost: i32, weigh: Visit }, 'struct route');
const Combine = functionPointer(fn([i32, i32], i32));
const Handle = opaque('probe_handle');

/** What every measurement passes. */
export const given: {
  readonly text: string;
  readonly values: Float64Array;
  readonly memory: Uint8Array;
  readonly texts: readonly string[];
  readonly grid: Float64Array;
} = Object.freeze({
  text: 'the advantages of script languages',
  values: Float64Array.of(1, 2, 1, 6, 4, 2, 7, 3, 1, 5),
  memory: new Uint8Array(64),
  texts: ['one', 'two', 'three'],
  grid: new Float64Array(8),
});

/** Returns a call for each kind of parameter and result on a backend. */
export function kindRuns(backend: BackendName): ReadonlyMap<string, Run> {
  const open = { backend } as const;
  const c = library(
    probePath(),
    {
      add_two: fn([i32, i32], i32),
      same_f64: fn([f64], f64),
      flip_i64: fn([i64], i64),
      length_or_zero: fn([cString], usize),
      greeting: fn([i32], cString),
      pair_sum: fn([Pair], f64),
      pair_of: fn([f64, f64], Pair),
      peek: fn([constRef(Pair)], i32, { symbol: 'probe_value' }),
      bump: fn([byref(Pair)], i32, { symbol: 'probe_value' }),
      increment: fn([byref(i32)], nothing),
      divide: fn([i32, i32, out(i32), out(i32)], i32),
      fail_with: fn([i32], i32, { errno: true }),
      probe_open: fn([i32], Handle),
      probe_value: fn([Handle], i32),
      probe_close: fn([released(Handle)], nothing),
      same_f32: fn([f32], f32),
      negate: fn([bool], bool),
      next_char: fn([char], char),
      grid_sum: fn(
        [matrix('f64', { rows: 'r', columns: 'c', stride: 4 }), named('r', i32), named('c', i32)],
        f64,
      ),
      nested_bump: fn([byref(Nested)], nothing),
      length_or_null: fn([nullable(cString)], usize, { symbol: 'length_or_zero' }),
    },
    open,
  );
  const kinds = library(
    fixturePath('kinds'),
    {
      scale: fn([f64Array('n'), named('n', usize), f64], nothing),
      either_real: fn([Either], f64),
      choose: fn([i32], Combine),
      apply: fn([Combine, i32, i32], i32),
      count_all: fn([stringArray()], usize),
      sum_of: fn([i32, i32, i32], i64, { variadicAfter: 1 }),
      counter: variable(i32),
      flags_sum: fn([constRef(Flags)], i64),
      route_cost: fn([constRef(Route)], i32),
      describe: fn([i32, out(cString)], nothing),
    },
    open,
  );
  const libc = library(
    null,
    {
      strlen: fn([charBuffer()], usize),
      memset: fn([bytes('n'), i32, named('n', usize)], nothing),
      memchr: fn([constant(bytes('n')), i32, named('n', usize)], opaque('memory')),
    },
    open,
  );
  const pair = { x: 1, y: 2 };
  const box = ref(1);
  const buffer = stringBuffer(given.text);
  const nested = {
    head: 1,
    inner: { small: 1, wide: 2 },
    values: [1, 2, 3],
    name: 'name',
    flag: true,
  };
  const flags = { low: 5, middle: 100 };
  const route = { name: given.text, cost: 1, weigh: null };
  const either = Either.of({ real: 0.5 });
  const handle = c.probe_open(5);
  const plus = kinds.choose(1);
  if (handle === null || plus === null) throw new Error('there must be a handle and a function');
  const runs = new Map<string, Run>([
    ['two integers', () => c.add_two(7, 3)],
    ['double', () => c.same_f64(0.5)],
    ['64-bit integer', () => c.flip_i64(5n)],
    ['text', () => c.length_or_zero(given.text)],
    ['text result', () => c.greeting(1)],
    ['array and length', () => kinds.scale(given.values, 10, 1)],
    ['text buffer', () => libc.strlen(buffer)],
    ['bytes', () => libc.memset(given.memory, 1, 64)],
    ['constant bytes', () => libc.memchr(given.memory, 1, 64)],
    ['struct pointer, const', () => c.peek(pair)],
    ['struct pointer', () => c.bump(pair)],
    ['int pointer', () => c.increment(((box.value = 1), box))],
    ['two outputs', () => c.divide(17, 5)],
    ['struct by value', () => c.pair_sum(pair)],
    ['struct result', () => c.pair_of(1, 2)],
    ['union by value', () => kinds.either_real(either)],
    ['array of strings', () => kinds.count_all(given.texts)],
    ['opaque pointer', () => c.probe_value(handle)],
    ['opaque result', () => c.probe_close(c.probe_open(5) as NonNullable<typeof handle>)],
    ['errno', () => c.fail_with(17)],
    ['variadic', () => kinds.sum_of(2, 1, 2)],
    ['function of C', () => plus(1, 2)],
    ['function to C', () => kinds.apply(plus, 1, 2)],
    ['variable', () => kinds.counter.value],
    ['variable, set', () => (kinds.counter.value = 7)],
    ['float', () => c.same_f32(0.5)],
    ['bool', () => c.negate(true)],
    ['char', () => c.next_char('a')],
    ['matrix', () => c.grid_sum(given.grid, 2, 3)],
    ['nested struct', () => c.nested_bump(nested)],
    ['bit fields', () => kinds.flags_sum(flags)],
    ['struct with text', () => kinds.route_cost(route)],
    ['text output', () => kinds.describe(1)],
    ['null', () => c.length_or_null(null)],
  ]);
  if (backend !== 'ffi-rs') {
    const { visit_doubles: visit } = library(
      probePath(),
      { visit_doubles: fn([f64Array('n'), usize, callback([constRef(f64), i32], f64)], f64) },
      open,
    );
    const one = given.values.subarray(0, 1);
    runs.set('callback of a pointer', () => visit(one, 1, (value) => value));
    const { keep_visitor: keep, call_kept: call } = library(
      probePath(),
      { keep_visitor: fn([Visit], nothing), call_kept: fn([i32], i32) },
      open,
    );
    runs.set('kept callback', () => {
      using kept = Visit.keep((value) => value + 1);
      keep(kept);
      return call(1);
    });
  }
  if (backend !== 'node:ffi') {
    const off = { offThread: true } as const;
    const { scale } = library(
      fixturePath('kinds'),
      { scale: fn([f64Array('n'), named('n', usize), f64], nothing, off) },
      open,
    );
    const later = library(
      probePath(),
      {
        length_or_zero: fn([cString], usize, off),
        visit_or: fn([callback([i32], i32), i32], i32, off),
      },
      open,
    );
    runs.set('text off the thread', () => later.length_or_zero(given.text));
    runs.set('callback off the thread', () => later.visit_or((value) => value + 1, 1));
    runs.set('off the thread', () => scale(given.values, 10, 1));
  }
  return runs;
}
