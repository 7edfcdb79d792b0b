import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { generateBindings } from '../../src/generator/bindings/generate-bindings.ts';
import { EXPORTS } from '../../src/generator/mapping/safe-names.ts';
import * as everything from '../../src/index.ts';
import { generatedModule } from '../fixtures/generated-module.ts';
import { hasCompiler } from '../fixtures/probe-library.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/headers/${name}.h`, import.meta.url));

/** Returns the declarations of a generated module by their names. */
function declarationsIn(text: string): Record<string, string> {
  const found = text.matchAll(/^ {2}(\w+): (fn\(.*\)),$/gm);
  return Object.fromEntries(
    Array.from(found, ([, name = '', expression = '']) => [name, expression]),
  );
}

/** Returns the comments on what is left out, without that word. */
function leftOutOf(text: string): Record<string, string> {
  const found = text.matchAll(/^\/\/ (.*?) is left out: (.*)\.$/gm);
  return Object.fromEntries(Array.from(found, ([, name = '', reason = '']) => [name, reason]));
}

describe.skipIf(!hasCompiler)('The generator', () => {
  test('has the C compiler evaluate enumerators and macros', async () => {
    const { module, text } = await generatedModule('Values', fixture('values'));
    expect({ ...module, openValues: 0, checkValuesLayouts: 0, values_pair: 0 }).toEqual({
      openValues: 0,
      checkValuesLayouts: 0,
      values_pair: 0,
      FROM_CHAR: 113,
      AFTER_CHAR: 114,
      FROM_ESCAPE: 10,
      CHOSEN: 11,
      SHIFTED: 128,
      MODULO: 5,
      EXCLUSIVE: 6,
      INVERTED: 0xf0,
      COMPARED: 1,
      BOTH: 1,
      EITHER: 0,
      NEITHER: 0,
      OF_LONG: 8,
      OF_CAST: 3,
      OF_ARRAY: 20,
      TOP: 0x8000_0000,
      ALL: 0xffff_ffff,
      BELOW: -3,
      ABOVE: -2,
      FAR: 2 ** 45,
      SIX: 6,
      SEVEN: 7,
      SAME: 114,
      NEXT: 115,
      VALUES_PLAIN: 42,
      VALUES_EXPRESSION: 675,
      VALUES_LONG: 2n ** 63n - 1n,
      VALUES_UNSIGNED: 2n ** 64n - 1n,
      VALUES_NEGATIVE: -17,
      VALUES_RATIO: 0.25,
      VALUES_TEXT: 'two parts, "quoted"',
      VALUES_EMOJI: '🎈',
      VALUES_SIZE: 32,
      VALUES_ALIAS: 11,
    });
    expect(text).toContain(
      '// Macros that are no constants: VALUES_CALL, VALUES_TYPE, VALUES_POINTER.',
    );
    expect(declarationsIn(text)).toEqual({
      values_give: 'fn([u32], u32)',
      values_take: 'fn([i32], i32)',
      values_far: 'fn([], u64)',
    });
  });

  test('loses no declaration, and says why one is left out', async () => {
    const { text, leftOut } = await generatedModule('Shapes', fixture('shapes'), {
      hints: { handler_of: { handler: { kept: false } } },
    });
    expect(declarationsIn(text)).toEqual({
      stale: 'fn([i32], i32)',
      fresh: 'fn([i32], i32)',
      labeled: "fn([i32], i32, { symbol: 'labeled_in_c' })",
      spelled1: 'fn([u8, u64], i64)',
      spelled2: 'fn([u16, i64, i32, i16], u64)',
      product:
        "fn([callback([f64], f64), callback([opaque('int'), opaque('char *')], i32), callback([], nothing)], f64)",
      handler_of: "fn([i32, callback([i32], nothing)], opaque('void (int)'))",
      chooser: "fn([i32], opaque('int (double, char *)'))",
      bounded:
        "fn([i32Array(3), constant(i16Array(4)), named('n', i32), f64Array('n'), f32Array(6)], i32)",
      rows: "fn([named('n', i32), named('m', i32), f64Array('n*m')], i32)",
      of_typedef: 'fn([u8Array(20), constant(u8Array(20))], i32)',
      with_list: 'fn([callback([i32], i32), i32, i32Array(4)], i32)',
      use_held: 'fn([byref(held)], i32)',
      use_outer: 'fn([constRef(outer)], i32)',
      mirrored: 'fn([point, byref(point)], point)',
      use_endless: "fn([opaque('endless')], i32)",
      use_union: 'fn([byref(number_)], i32)',
      take_union: 'fn([number_], i32)',
      use_flags: 'fn([byref(flags)], i32)',
      to_file: "fn([opaque('FILE'), cString], i32)",
      after_all: 'fn([], i32)',
    });
    expect(leftOutOf(text)).toEqual({
      'turned()': "parameter 'value' is '_Complex double', which has no counterpart",
      'precise()': "parameter 'value' is 'long double', which has no counterpart",
      'huge()': "its result is '__int128', which has no counterpart",
      'use_callbacks()': '`c` may be kept by C: say `byref`, `out` or `opaque` in the hints',
      'listed()': "parameter 'list' is '__builtin_va_list', which has no counterpart",
      'formatted()':
        'it takes a variable number of arguments: declare its forms with `...` in the hints',
      'unspoken()': 'the header does not say what it takes: () is not (void)',
      'saved_twice()': 'it returns twice, which JavaScript cannot',
      'inside()': 'its body is in the header, and no library has it',
      'struct endless': "the array 'text' has no length of its own",
    });
    expect(leftOut).toHaveLength(10);
    expect(text).toContain('inner: outer_inner;\n  left: number;\n  right: number;');
  });

  test('a struct without a name passes the self-check', async () => {
    const { module } = await generatedModule('Shapes', fixture('shapes'), {
      hints: { handler_of: { handler: { kept: false } } },
    });
    const check = module['checkShapesLayouts'] as (options: object) => Promise<void>;
    await check({ headers: [fixture('shapes')] });
  });

  test('names collide with nothing in TypeScript and in the module', async () => {
    const { module, text } = await generatedModule('Names', fixture('names'));
    expect(module).toMatchObject({
      fn_: 3,
      opaque_: 4,
      undefined_: 5,
      NaN_: 6,
      type_: 7,
      callback_: 12,
      Infinity_: 4,
    });
    for (const name of ['ref_', 'library_', 'Promise_', 'string_', 'number_', 'Names_', 'i32_']) {
      expect(module).toHaveProperty(name);
      expect(text).toContain(`export interface ${name} {`);
    }
    expect(text).toContain('readonly delete: (with_: number) => number;');
    expect(text).toContain('readonly words: (class_: number, function_: number, this_: number');
  });

  test('reserves names that the package exports', () => {
    expect(Object.keys(everything)).toEqual(expect.arrayContaining([...EXPORTS]));
  });

  test('gives each comment to the declaration that it belongs to', () => {
    const { text } = generateBindings(fixture('docs'));
    const docs = text.matchAll(
      /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\n\s*(?:export (?:const|interface) |readonly )?(\w+)/g,
    );
    const byName = Object.fromEntries(
      Array.from(docs, ([, doc = '', name = '']) => [
        name,
        doc.replaceAll(/\s*\n \s*\*/g, '|').trim(),
      ]),
    );
    expect(byName).toMatchObject({
      before_all: 'Comes after its declaration.',
      other_spelling: 'Takes the other spelling.',
      of_lines: '| Has two lines| of comments.',
      one: 'The first of two.',
      LOW: '`LOW` of `enum level`: Not much.',
      MIDDLE: '`MIDDLE` of `enum level`: Between.',
      HIGH: '`HIGH` of `enum level`: A lot.',
      first: 'Comes first.',
      second: 'Comes second.',
      last_one: '| Lasts.|| And has `code`, and a * in it.',
    });
    expect(text).toContain(
      '/**\n * `struct pair`: A pair\n *  of numbers.\n */\nexport interface pair',
    );
    expect(byName).not.toHaveProperty('undocumented');
    expect(byName).not.toHaveProperty('two');
  });
});
