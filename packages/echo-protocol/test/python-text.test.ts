import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { echoReply } from '../src/echo/echo-replies.ts';
import { upperCase } from '../src/echo/upper-case.ts';
import { streamBytes } from './fixtures/byte-splits.ts';
import { pythonProgram, withoutPython } from './fixtures/python.ts';
import { UPPER_CASE_ADDITIONS } from './fixtures/upper-case-additions.ts';

interface PythonText {
  readonly version: string;
  readonly upper: Readonly<Record<string, readonly number[]>>;
  readonly unassigned: readonly (readonly [number, number])[];
  readonly texts: readonly string[];
  readonly bytes: readonly string[];
}

/** Lists texts in which a letter's case could depend on its neighbors. */
const CONTEXTS: readonly string[] = [
  'ὈΔΥΣΣΕΎΣ ὀδυσσεύς ας σς ς aς_b',
  'i ı İ i\u0307 i\u0307\u0301 į\u0307 j\u0307 ì ĳ ij',
  'ß ẞ straße ﬀ ﬁ ﬂ ﬃ ﬄ ﬅ ﬆ ŉ ǰ և ﬓ ﬗ',
  'ΐ ΰ ᾳ ᾼ ῃ ᾷ ᾶ α\u0345 α\u0345\u0301 ά έ\u0308 \u0345',
  'ა ჟ Ა ꮿ Ꮿ ǆ ǅ Ǆ ⓐ ⅰ ａ 𐐨 𞤢 ÿ µ ſ ɐ',
].flatMap((line) => [line].concat(line.split(' ')));

const SAMPLE = { numRuns: 3_000, seed: 20_191_121 };
const texts = [...CONTEXTS, ...fc.sample(fc.string({ unit: 'binary' }), SAMPLE)];
const bytes = fc
  .sample(fc.oneof(streamBytes, fc.uint8Array()), SAMPLE)
  .map((each) => Buffer.from(each));

let python: PythonText;

beforeAll(() => {
  if (withoutPython !== undefined) return;
  const input = JSON.stringify({ texts, bytes: bytes.map((each) => each.toString('hex')) });
  const run = spawnSync('python3', [pythonProgram('python_text.py')], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (run.status !== 0) throw new Error(`python_text.py failed: ${run.stderr}`);
  python = JSON.parse(run.stdout) as PythonText;
});

/** Returns the code points whose upper case differs, with the two results. */
function differences(): Map<number, { node: string; python: string }> {
  const found = new Map<number, { node: string; python: string }>();
  for (let code = 0; code < 0x110000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const char = String.fromCodePoint(code);
    const mapped = python.upper[code];
    const theirs = mapped === undefined ? char : String.fromCodePoint(...mapped);
    const ours = upperCase(char);
    if (ours !== theirs) found.set(code, { node: ours, python: theirs });
  }
  return found;
}

function unknownToPython(text: string): boolean {
  return [...text].some((char) => {
    const code = char.codePointAt(0)!;
    return python.unassigned.some(([first, last]) => code >= first && code <= last);
  });
}

const skipped = withoutPython === undefined ? '' : ` (skipped: ${withoutPython})`;

describe.skipIf(withoutPython !== undefined)(`upperCase() beside Python${skipped}`, () => {
  test('differs in no code point that both versions of Unicode know', () => {
    for (const [code, { node, python: theirs }] of differences()) {
      const char = String.fromCodePoint(code);
      const explained = unknownToPython(char + node) || /\p{Cn}/u.test(char + theirs);
      expect(explained, `U+${code.toString(16)}: ${node} here, ${theirs} in Python`).toBe(true);
    }
  });

  test('differs in exactly the mappings that were added between the versions of Unicode', (context) => {
    const theirs = Number(python.version.split('.')[0]);
    const ours = Number(process.versions.unicode?.split('.')[0]);
    if (Math.min(theirs, ours) < 14 || Math.max(theirs, ours) > 17) {
      context.skip(`the list covers Unicode 14 to 17; Python has ${theirs}, Node has ${ours}`);
    }
    const expected = UPPER_CASE_ADDITIONS.filter(
      ({ since }) => since > Math.min(theirs, ours) && since <= Math.max(theirs, ours),
    ).flatMap(({ first, last, upper }) =>
      Array.from({ length: last - first + 1 }, (_, index): [number, number] => [
        first + index,
        upper + index,
      ]),
    );
    const newer = ours > theirs ? 'node' : 'python';
    const actual = [...differences()].map(([code, results]): [number, number] => [
      code,
      results[newer].codePointAt(0)!,
    ]);
    expect(actual).toEqual(expected.toSorted(([left], [right]) => left - right));
  });

  test('gives what str.upper() gives for texts in which the neighbors might matter', () => {
    const different = differences();
    let compared = 0;
    for (const [index, text] of texts.entries()) {
      if ([...text].some((char) => different.has(char.codePointAt(0)!))) continue;
      expect(upperCase(text)).toBe(python.texts[index]);
      compared++;
    }
    expect(compared).toBeGreaterThan(texts.length * 0.9);
  });

  test('and echoReply() give what rstrip(), decode(), upper() and encode() give for any bytes', () => {
    const different = differences();
    let compared = 0;
    for (const [index, each] of bytes.entries()) {
      if (each.length === 0) continue;
      if ([...each.toString()].some((char) => different.has(char.codePointAt(0)!))) continue;
      if (each.length > 1_000) continue;
      expect(echoReply('raw', each).toString('hex')).toBe(python.bytes[index]);
      compared++;
    }
    expect(compared).toBeGreaterThan(bytes.length * 0.6);
  });
});
