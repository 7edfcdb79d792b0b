// Compiles random functions and the shim for a machine, lays out a frame for each call as
// typed-ffi does for that machine, and compares what C has seen and returned: so the ABI of
// arm64 is tried on x64 as well.
// node bench/fuzz-registers.ts arm64 aarch64-linux-gnu-gcc 'qemu-aarch64 -L /usr/aarch64-linux-gnu'
// node bench/fuzz-registers.ts x64 cc '' [cases] [seed]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { sizeOf, type Abi, type FieldAbi } from '../src/memory/abi.ts';
import { callerFrame } from '../src/types/caller-frame.ts';
import type { Field } from '../src/index.ts';
import { planCall } from '../src/shim/call-plan.ts';
import { FRAME } from '../src/shim/frame-layout.ts';
import { PREAMBLE } from '../test/fixtures/fuzz/fuzz-case.ts';
import {
  FuzzTypes,
  SCALAR_NAMES,
  scalarType,
  type FuzzType,
  type FuzzValue,
} from '../test/fixtures/fuzz/fuzz-types.ts';
import { Random } from '../test/fixtures/fuzz/random.ts';

const [machine = 'x64', compiler = 'cc', runner = '', cases = '500', seed = '1'] =
  process.argv.slice(2);
const native = fileURLToPath(new URL('../../../native/', import.meta.url));
const random = new Random(Number(seed));
const types = new FuzzTypes(random);
const VARIADIC = ['i32', 'u32', 'i64', 'u64', 'f64'] as const;

interface Passed {
  readonly type: FuzzType;
  readonly value: FuzzValue;
}

interface RegisterCase {
  readonly c: string;
  /** The call, in main(). */
  readonly call: string;
  readonly record: readonly number[];
  wrong(seen: string, parts: readonly string[]): boolean;
}

function passed(type: FuzzType): Passed {
  return { type, value: type.value(random) };
}

function some(): FuzzType {
  return random.oneIn(3) ? types.struct() : scalarType(random.pick(SCALAR_NAMES));
}

/** Returns a value as it lies in memory. */
function bytesOf(field: Field<unknown>, value: unknown): Uint8Array {
  const bytes = new Uint8Array(sizeOf(field.fieldAbi));
  const at = { functionName: 'fuzz', place: 'a value' };
  field.write(new DataView(bytes.buffer), 0, value, at, callerFrame());
  return bytes;
}

/** Integers below 32 bits are extended in registers. */
function isSmall(abi: FieldAbi): boolean {
  return typeof abi === 'string' && /^(?:bool|[iu](?:8|16|32))$/.test(abi);
}

function registerCase(index: number): RegisterCase {
  const variadic = random.oneIn(6);
  const length = variadic ? 1 + random.below(8) : random.below(13);
  const fixed = Array.from({ length }, () => passed(some()));
  const extra = Array.from({ length: variadic ? random.below(12) : 0 }, () =>
    passed(scalarType(random.pick(VARIADIC))),
  );
  const all = [...fixed, ...extra];
  const result = passed(some());
  const plan = planCall(
    {
      parameters: all.map(({ type }) => type.field.fieldAbi as Abi),
      result: result.type.field.fieldAbi as Abi,
      fixedParameters: variadic ? length : undefined,
    },
    machine,
    'linux',
  );
  const frame = new Uint8Array(plan.frameBytes);
  const view = new DataView(frame.buffer);
  view.setBigUint64(FRAME.stackWords, BigInt(plan.stackWords), true);
  for (const [i, { type, value }] of all.entries()) {
    const { pieces = [] } = plan.parameters[i] ?? {};
    const [first] = pieces;
    if (first !== undefined && isSmall(type.field.fieldAbi)) {
      view.setInt32(first.frameOffset, Number(value.js), true);
      continue;
    }
    const bytes = bytesOf(type.field, value.js);
    for (const { frameOffset, valueOffset, sizeBytes } of pieces) {
      frame.set(bytes.subarray(valueOffset, valueOffset + sizeBytes), frameOffset);
    }
  }
  const addresses = [...plan.parameters, plan.result].flatMap(({ addressAt, pieces }) =>
    addressAt === undefined
      ? []
      : [`point(frame, ${addressAt}, frame + ${pieces[0]?.frameOffset ?? 0});`],
  );
  const list = [...fixed.map(({ type }, i) => `${type.c} p${i}`), ...(variadic ? ['...'] : [])];
  const body = [
    ...fixed.map(({ type }, i) => type.record(`p${i}`)),
    ...(variadic ? [`va_list list; va_start(list, p${length - 1});`] : []),
    ...extra.map(({ type }) => type.record(`va_arg(list, ${type.c})`)),
    ...(variadic ? ['va_end(list);'] : []),
    `${result.type.c} result; memset(&result, 0, sizeof result);`,
    `${result.value.store('result')} return result;`,
  ];
  const { pieces } = plan.result;
  const shown = pieces.map((piece) => `hex(frame + ${piece.frameOffset}, ${piece.sizeBytes});`);
  const record = all.flatMap(({ value }) => value.bytes);
  return {
    c: `${result.type.c} case_${index}(${list.join(', ') || 'void'}) { begin(); ${body.join('\n')} }`,
    call:
      `{ static unsigned char frame[] __attribute__((aligned(16))) = {${frame.join()}}; ` +
      `point(frame, 0, (void *)case_${index}); ${addresses.join(' ')} call(frame); ` +
      `hex(seen, seen_bytes); ${shown.join(' ')} printf("\\n"); }`,
    record,
    wrong(seen, parts) {
      if (seen !== Buffer.from(record).toString('hex')) return true;
      const bytes = new Uint8Array(sizeOf(result.type.field.fieldAbi));
      for (const [i, piece] of pieces.entries()) {
        bytes.set(Buffer.from(parts[i] ?? '', 'hex'), piece.valueOffset);
      }
      const memory = callerFrame().memory;
      return !result.value.same(result.type.field.read(new DataView(bytes.buffer), 0, memory));
    },
  };
}

const made = Array.from({ length: Number(cases) }, (_, i) => registerCase(i));
const source = [
  PREAMBLE,
  '#include <stdio.h>',
  '#include "ffi-shim.h"',
  ...types.declarations,
  'static void call(unsigned char *frame) {',
  '  sockpool_call((double)(uint64_t)frame, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);',
  '}',
  'static void point(unsigned char *frame, size_t at, void *to) { memcpy(frame + at, &to, 8); }',
  'static void hex(const unsigned char *bytes, size_t size) {',
  '  for (size_t i = 0; i < size; i++) printf("%02x", bytes[i]);',
  '  printf("|");',
  '}',
  ...made.map(({ c }) => c),
  `int main(void) { ${made.map((one) => one.call).join('\n')} return 0; }`,
].join('\n');

const folder = mkdtempSync(join(tmpdir(), 'fuzz-registers-'));
try {
  const [program, file] = [join(folder, 'program'), join(folder, 'program.c')];
  writeFileSync(file, source);
  const flags = ['-w', '-O1', '-D_DEFAULT_SOURCE', `-I${join(native, 'include')}`, '-o', program];
  execFileSync(compiler, [...flags, file, join(native, 'src/ffi-shim.c'), '-ldl']);
  const [command = program, ...args] = [...runner.split(' ').filter(Boolean), program];
  const output = execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const lines = output.trimEnd().split('\n');
  const failures = made.filter((one, i) => {
    const [seen = '', ...parts] = (lines[i] ?? '').split('|');
    return one.wrong(seen, parts);
  });
  for (const { c } of failures.slice(0, 5)) process.stderr.write(`${c}\n`);
  process.stdout.write(`${machine}: ${made.length} cases, ${failures.length} wrong\n`);
  if (failures.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
