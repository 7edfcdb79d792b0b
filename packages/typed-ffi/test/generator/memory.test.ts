import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { generateBindings } from '../../src/generator/bindings/generate-bindings.ts';
import { parseHints, type Hints } from '../../src/generator/mapping/hints.ts';
import { suggestHints } from '../../src/generator/bindings/suggest-hints.ts';
import { buildFile, typeErrors } from '../fixtures/generated-module.ts';
import { hasCompiler } from '../fixtures/probe-library.ts';

const header = fileURLToPath(new URL('../fixtures/headers/memory.h', import.meta.url));

const generated = (hints: Hints = {}) => {
  const { text } = generateBindings(header, { hints });
  const declared = text.matchAll(/^ {2}(\w+): (fn\(.*\)),$/gm);
  const left = text.matchAll(/^\/\/ (.*?)\(\) is left out: (.*)\.$/gm);
  return {
    text,
    declarations: Object.fromEntries(Array.from(declared, ([, name = '', one]) => [name, one])),
    leftOut: Object.fromEntries(Array.from(left, ([, name = '', why]) => [name, why])),
  };
};

const HINTS: Hints = {
  write_bytes: { c: { length: 'm_len + 16' }, c_len: { out: true }, m: { length: 'm_len' } },
  compress_default: { src: { length: 'srcSize' }, dst: { length: 'dstCapacity', bytes: true } },
  write_items: { data: { length: 'size * n' } },
  split: { high: { out: true }, low: { byref: true } },
  raise_flag: { flag: { byref: true } },
  sum_points: { points: { length: 'count' } },
  sum_of_points: { p: { byref: true } },
  acquire: { return: { opaque: 'block' } },
  give_back: { memory: { opaque: 'block', released: true } },
  node_free: { n: { released: true } },
  stream_end: { s: { byref: true } },
  store_open: { out: { out: true } },
  store_free: { which: { byref: true } },
  store_query: { row: { nullable: true }, user: { opaque: true, nullable: true } },
  store_list: { names: { text: true }, result: { out: true } },
  store_log: {
    '...': {
      store_log_long: 'long code',
      store_log_pair: 'const char *name, unsigned char *data, size_t n',
    },
  },
  store_log_pair: { data: { length: 'n' } },
  store_set_handler: { handler: { kept: true }, user: { nullable: true } },
  store_tell: { listener: { kept: false } },
  store_origin: { return: { copy: true } },
  store_label: { return: { text: true } },
  store_copy: { return: { opaque: true } },
  store_watch: {
    changed: { kept: false, nullable: true, callback: { bytes: 'text' } },
    make: { kept: false },
  },
  store_swap: { which: { byref: true } },
  store_find_all: { found: { length: 'n' } },
  store_odd: { data: { length: 'count' } },
  store_alloc: { make: { opaque: true, nullable: true } },
};

describe.skipIf(!hasCompiler)('A pointer', () => {
  test('is left out where the header does not say how far C goes', () => {
    const { leftOut } = generated();
    const scalar = 'say `length`, `out` or `byref` in the hints';
    expect(leftOut).toEqual({
      write_bytes:
        `\`c\` may be written: say \`length\`, \`text\`, \`out\` or \`byref\` in the hints; \`c_len\` may be written: ${scalar}; ` +
        '`m` is read, and how far is not said: say `length`, `text` or `byref` in the hints',
      compress_default:
        '`src` is read, and how far is not said: say `text` or `length` in the hints; ' +
        '`dst` may be written: say `length`, `text`, `out` or `byref` in the hints',
      write_items: '`data` is read, and how far is not said: say `length` or `opaque` in the hints',
      split: `\`high\` may be written: ${scalar}; \`low\` may be written: ${scalar}`,
      raise_flag: `\`flag\` may be written: ${scalar}`,
      sum_points:
        '`points` is read, and how far is not said: say `length`, `byref` or `opaque` in the hints',
      sum_of_points:
        '`p` is read, and how far is not said: say `length`, `byref` or `opaque` in the hints',
      stream_end: '`s` may be kept by C: say `byref`, `out` or `opaque` in the hints',
      store_open: '`out` may be written: say `out`, `byref` or `opaque` in the hints',
      store_free: '`which` may be written: say `out`, `byref` or `opaque` in the hints',
      store_swap: '`which` may be written: say `out`, `byref` or `opaque` in the hints',
      store_find_all: '`found` may be written: say `out`, `byref` or `opaque` in the hints',
      store_odd: `\`data\` may be written: ${scalar}`,
      store_watch:
        '`changed` may be kept by C after the call: say `kept`, true or false, in the hints; ' +
        '`make` may be kept by C after the call: say `kept`, true or false, in the hints',
      store_set_handler:
        '`handler` may be kept by C after the call: say `kept`, true or false, in the hints',
      store_tell:
        '`listener` may be kept by C after the call: say `kept`, true or false, in the hints',
      store_list:
        '`names` is read, and how far is not said: say `text`, `byref` or `opaque` in the hints; ' +
        '`result` may be written: say `text`, `out`, `byref` or `opaque` in the hints',
      store_log:
        'it takes a variable number of arguments: declare its forms with `...` in the hints',
      store_alloc:
        "the callback 'make' returns 'void *', which no callback can: " +
        '`opaque` in the hints takes a function of C, and with `nullable` null',
    });
  });

  test('is expressed where a bound, an attribute, an annotation or a rule says it', () => {
    expect(generated().declarations).toEqual({
      fill_text: "fn([charBuffer('size'), named('size', usize)], i32)",
      read_more: "fn([bytes('count'), named('count', u32)], i32)",
      hash: 'fn([u8Array(32), constant(u8Array(8)), charBuffer(65)], i32)',
      move_point: 'fn([byref(point)], i32)',
      move_place: "fn([opaque('place')], i32)",
      acquire: "fn([usize], opaque('void'))",
      give_back: "fn([opaque('void')], nothing)",
      engine_new: "fn([], opaque('ENGINE'))",
      engine_run: "fn([opaque('ENGINE'), i32], i32)",
      node_new: "fn([i32], opaque('node'))",
      node_free: "fn([opaque('node')], nothing)",
      store_find: "fn([out(opaque('store')), cString], i32)",
      store_read:
        "fn([nullable(u8Array('count')), named('count', u32), out(i32), byref(i32), u16Array(4)], i32)",
      store_origin: "fn([opaque('store')], opaque('place'))",
      store_label: "fn([opaque('store')], opaque('unsigned char'))",
      store_copy: "fn([opaque('store')], cString)",
      store_weigher: "fn([i32], opaque('weigher'))",
      store_query:
        "fn([opaque('store'), cString, callback([opaque('void'), i32, cString], i32), opaque('void'), out(opaque('char'))], i32)",
    });
  });

  test('is what the hints say', () => {
    const { declarations, leftOut, text } = generated({
      ...HINTS,
      store_alloc: false,
      move_place: { p: { byref: true } },
    });
    expect(declarations).toMatchObject({
      write_bytes:
        "fn([u8Array('m_len + 16'), out(u64), constant(u8Array('m_len')), named('m_len', usize)], i32)",
      compress_default:
        "fn([constant(u8Array('srcSize')), u8Array('dstCapacity'), named('srcSize', i32), named('dstCapacity', i32)], i32)",
      write_items:
        "fn([constant(bytes('size * n')), named('size', usize), named('n', usize)], usize)",
      split: 'fn([i32, out(i32), byref(i32)], i32)',
      raise_flag: 'fn([byref(bool)], i32)',
      sum_points: "fn([constant(bytes('count*8')), named('count', i32)], i32)",
      sum_of_points: 'fn([constRef(point), i32], i32)',
      move_place: 'fn([byref(place)], i32)',
      acquire: "fn([usize], opaque('block'))",
      give_back: "fn([released(opaque('block'))], nothing)",
      node_free: "fn([released(opaque('node'))], nothing)",
      stream_end: 'fn([byref(stream)], i32)',
      store_open: "fn([cString, out(opaque('store'))], i32)",
      store_free: "fn([byref(opaque('store'))], i32)",
      store_query:
        "fn([opaque('store'), cString, nullable(callback([opaque('void'), i32, cString], i32)), " +
        "nullable(opaque('void')), out(opaque('char'))], i32)",
      store_origin: "fn([opaque('store')], constRef(place))",
      store_label: "fn([opaque('store')], cString)",
      store_copy: "fn([opaque('store')], opaque('char'))",
      store_watch:
        "fn([opaque('store'), nullable(callback([cString, usize], nothing)), callback([], i32)], i32)",
      store_list: "fn([stringArray(), out(opaque('char'))], i32)",
      store_find_all: "fn([bytes('n*8'), named('n', i32)], i32)",
      store_odd: "fn([named('count', i32), i32Array('count')], i32)",
      store_set_handler:
        "fn([opaque('store'), store_set_handler_handler, nullable(opaque('void'))], i32)",
      store_tell: "fn([opaque('store'), callback([opaque('store')], nothing)], i32)",
      store_log_long: "fn([opaque('store'), i64], i32, { symbol: 'store_log', variadicAfter: 1 })",
      store_log_pair:
        "fn([opaque('store'), cString, u8Array('n'), named('n', usize)], i32, { symbol: 'store_log', variadicAfter: 1 })",
    });
    expect(leftOut).toEqual({ store_alloc: 'the hints say so' });
    expect(typeErrors([buildFile('memory.ts', text)])).toBe('');
  });

  test('that C gives is freed, read as text or called, when the hints say so', () => {
    const { declarations, text } = generated({
      ...HINTS,
      store_copy: { return: { freedBy: 'free' } },
      store_origin: { return: { copy: true, freedBy: 'give_back' } },
      store_list: { names: { text: true }, result: { out: true, freedBy: 'give_back' } },
      store_find: { found: { out: true } },
      store_query: { row: { nullable: true }, error: { out: true, text: true } },
      acquire: { return: { function: 'change_listener' } },
      store_weigher: { return: { function: true } },
    });
    expect(declarations).toMatchObject({
      store_copy: "fn([opaque('store')], freedBy('free', cString))",
      store_origin: "fn([opaque('store')], freedBy('give_back', constRef(place)))",
      store_list: "fn([stringArray(), out(freedBy('give_back', cString))], i32)",
      store_query: expect.stringContaining('out(cString)') as string,
      acquire: "fn([usize], functionPointer(fn([opaque('store')], nothing)))",
      store_weigher:
        "fn([i32], functionPointer(fn([cString, i64, constRef(f64)], opaque('store'))))",
    });
    expect(text).toContain(
      'readonly store_weigher: (which: number) => ((name: string, size: bigint | number, ' +
        "ratio: number) => Pointer<'store'> | null) | null;",
    );
    expect(typeErrors([buildFile('given.ts', text)])).toBe('');
  });

  test('is asked for by a list of hints that has to be completed', () => {
    const suggested = suggestHints(header);
    expect(suggested).toMatchObject({
      write_bytes: {
        c: { length: 'c_len?' },
        c_len: { '?': 'length, out or byref' },
        m: { length: 'm_len?' },
      },
      compress_default: { dst: { length: 'dstCapacity?' } },
      write_items: { data: { '?': 'length or opaque' } },
      store_open: { out: { '?': 'out, byref or opaque' } },
    });
    const rows = buildFile('rows.h', 'void turn(double (*rows)[2], int n);\n');
    expect(suggestHints(rows)).toEqual({ turn: { rows: { '?': 'length or rows and columns' } } });
    expect(() => parseHints(JSON.stringify(suggested))).toThrow(
      "Cannot apply the hint for write_bytes(c): its length is 'c_len?'; look it up, and write it without '?'",
    );
    expect(() => parseHints('{"f": {"a": {"?": "length or out"}}}')).toThrow(
      'Cannot apply the hint for f(a): it is still to be written; say length or out',
    );
    const { store_list: _, ...rest } = HINTS;
    expect(Object.keys(suggestHints(header, { hints: { ...rest, store_list: false } }))).toEqual(
      [],
    );
  });

  test.each([
    [{ split: { value: { out: true } } }, "'out' does not fit 'value', which is 'int'"],
    [{ store_open: { name: { released: true } } }, "'released' does not fit 'name'"],
    [{ write_items: { data: { length: 'many' } } }, "needs 'many', and there are only"],
    [{ write_items: { data: { length: 'data' } } }, "'data', in the length of 'data', is"],
    [{ node_free: { node: {} } }, "no parameter 'node', only 'n', 'return'"],
    [{ acquire: { return: { function: true } } }, "'void *' is no function"],
    [{ acquire: { return: { freedBy: 'free' } } }, "'freedBy' does not fit 'void *'"],
    [{ store_open: { out: { out: true, freedBy: 'free' } } }, "'freedBy' does not fit 'out'"],
    [{ no_such: {} }, 'the header declares no such function'],
    [
      { store_log: { '...': { log_float: 'float x' } } },
      "C passes 'float' as 'double': write that",
    ],
    [{ store_log: { '...': { log_more: 'no_such x' } } }, "'no_such' is no type that is declared"],
    [{ store_free: { '...': { free_more: 'int x' } } }, 'it is not variadic'],
    [{ store_free: { which: { bytes: true } } }, "'bytes' does not fit 'which'"],
    [
      { store_watch: { changed: { callback: { byte: 'text' } } } },
      "no parameter 'byte', only 'bytes', 'n'",
    ],
  ] as [Hints, string][])('whose hint does not fit is refused: %j', (hints, message) => {
    expect(() => generated(hints)).toThrow(expect.objectContaining({ name: 'TypeError' }));
    expect(() => generated(hints)).toThrow(message);
  });

  test('to types without a name is one to each of them', () => {
    const nameless = buildFile(
      'nameless.h',
      'typedef struct { int x; } *first; typedef struct { int x; } *second;\n' +
        'first first_of(void); second second_of(void); void first_end(first it);\n' +
        'struct part; typedef struct whole part; struct part *part_of(void); part *whole_of(void);\n' +
        'int (*number_of(void))(int); double (*real_of(void))(double);\n',
    );
    const { text } = generateBindings(nameless);
    const tags = Array.from(text.matchAll(/^ {2}(\w+): fn\(.*opaque\('(.*)'\).*\),$/gm));
    expect(Object.fromEntries(tags.map(([, name = '', tag]) => [name, tag]))).toEqual({
      first_of: 'first',
      second_of: 'second',
      first_end: 'first',
      part_of: 'part',
      whole_of: 'struct whole',
      number_of: 'int (int)',
      real_of: 'double (double)',
    });
  });

  test.each([
    ['{', 'Cannot read the hints'],
    ['[]', 'Hints must be an object'],
    ['{"f": 1}', 'The hints of f must be an object, or false'],
    ['{"f": {"a": true}}', 'The hint for f(a) must be an object'],
    ['{"f": {"a": {"lenght": 1}}}', "there is no 'lenght'; allowed are length"],
    ['{"f": {"a": {"out": "yes"}}}', 'must be a boolean, got "yes"'],
  ])('has hints that are checked: %s', (text, message) => {
    expect(() => parseHints(text)).toThrow(message);
  });
});
